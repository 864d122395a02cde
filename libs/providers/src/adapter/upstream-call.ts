import type { Dialect } from '@apilink/contracts';

import type { UpstreamRequest } from '../upstream-client.js';
import { upstreamQuirks } from '../upstream-quirks.js';
import type { AskedUpstream } from './asked-upstream.js';
import { callAddress } from './call-address.js';
import { callAuthentication } from './call-authentication.js';
import { chatBody } from './chat-body.js';
import { hostedAnthropicBody } from './hosted-anthropic-body.js';
import { headerOf } from './header-list.js';
import { knownProviderKind } from './provider-kind.js';

/** Everything of an upstream's request but its times and its place in the address guard. */
export type UpstreamCallParts = Required<
  Pick<UpstreamRequest, 'baseUrl' | 'path' | 'headers' | 'body' | 'authentication' | 'framing'>
>;

/**
 * One call as its provider's HTTP wants it: path by dialect, headers and authentication by provider, the body with what
 * this provider names differently. Pure: what has to be signed or fetched first is only named (`authentication`), and done
 * by `SigningUpstreamClient`.
 */
export function upstreamCall(asked: AskedUpstream): UpstreamCallParts {
  const { endpoint, dialect, stream, request } = asked;
  const kind = knownProviderKind(endpoint);
  const isHosted = dialect === 'messages' && (kind === 'bedrock' || kind === 'vertex');
  const { headers, authentication } = callAuthentication(kind, asked);
  const isFramed = stream && (dialect === 'converse' || (kind === 'bedrock' && dialect === 'messages'));
  const framing = isFramed ? 'aws-event-stream' : 'plain';
  const list = [
    'content-type',
    request.contentType,
    'accept',
    acceptOf(dialect, stream, framing),
    // Bytes pass through, so they must come plain.
    'accept-encoding',
    'identity',
    'user-agent',
    'apilink',
  ];
  list.push(...headers);
  if (isHosted) {
    const betas = headerOf(request.headers, 'anthropic-beta');
    const inBody = kind === 'bedrock' ? listed(betas) : [];
    if (kind === 'vertex' && betas !== null) list.push('anthropic-beta', betas);
    const version = kind === 'bedrock' ? 'bedrock-2023-05-31' : 'vertex-2023-10-16';
    const body = hostedAnthropicBody(request.body, version, inBody);
    return { ...callAddress(kind, asked), headers: list, body, authentication, framing };
  }
  list.push(...request.headers);
  if (dialect === 'messages' && headerOf(request.headers, 'anthropic-version') === null) {
    list.push('anthropic-version', '2023-06-01');
  }
  // Requests of people's programs are told apart from its own page's by this name.
  if (kind === 'openrouter' && headerOf(request.headers, 'x-title') === null) list.push('x-title', 'ApiLink');
  const body = dialect === 'chat' ? chatBody(request.body, upstreamQuirks(endpoint)) : request.body;
  return { ...callAddress(kind, asked), headers: list, body, authentication, framing };
}

function acceptOf(dialect: Dialect, stream: boolean, framing: UpstreamCallParts['framing']): string {
  if (framing === 'aws-event-stream') return 'application/vnd.amazon.eventstream';
  // Speech is sound or events, as the request says; some models do not stream a transcript although asked to.
  if (dialect === 'speech' || dialect === 'transcriptions') return '*/*';
  return stream ? 'text/event-stream' : 'application/json';
}

function listed(header: string | null): string[] {
  return (header ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
