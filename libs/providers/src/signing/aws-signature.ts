import { createHash } from 'node:crypto';

import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';

import type { UpstreamAuthentication, UpstreamRequest } from '../upstream-client.js';

type AwsAuthentication = Extract<UpstreamAuthentication, { readonly kind: 'aws' }>;

/** The request's headers with AWS's signature (Signature Version 4) over all of it, names and values in turn. */
export async function awsSignedHeaders(
  request: UpstreamRequest,
  authentication: AwsAuthentication,
  now: Date,
): Promise<string[]> {
  const { region, service, accessKeyId, secretAccessKey, sessionToken } = authentication;
  const url = new URL(request.baseUrl);
  const headers: Record<string, string> = { host: url.host };
  for (let at = 0; at + 1 < request.headers.length; at += 2) {
    headers[(request.headers[at] ?? '').toLowerCase()] = request.headers[at + 1] ?? '';
  }
  // The body is hashed here, natively; the signer takes over a hash that stands there.
  const hash = createHash('sha256');
  for (const piece of request.body) hash.update(piece);
  headers['x-amz-content-sha256'] = hash.digest('hex');
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === null ? {} : { sessionToken }) };
  const signer = new SignatureV4({ region, service, credentials, sha256: Sha256 });
  const [path = '', query = ''] = (url.pathname.replace(/\/+$/, '') + request.path).split('?');
  const signed = await signer.sign(
    {
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path,
      query: Object.fromEntries(new URLSearchParams(query)),
      headers,
    },
    { signingDate: now },
  );
  return Object.entries(signed.headers)
    .filter(([name]) => name !== 'host')
    .flat();
}
