import type { UpstreamAuthentication } from '../upstream-client.js';
import { bedrockRegion } from './call-address.js';
import type { ProviderKind } from './provider-kind.js';
import type { AskedUpstream } from './asked-upstream.js';

export interface CallAuthentication {
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** What only the moment of sending can do; null when the headers say all. */
  readonly authentication: UpstreamAuthentication | null;
}

/** An empty secret sends no authorization. */
export function callAuthentication(kind: ProviderKind, asked: AskedUpstream): CallAuthentication {
  const { secret, dialect, endpoint } = asked;
  if (secret === '') return inHeaders();
  switch (kind) {
    case 'anthropic':
      return inHeaders('x-api-key', secret);
    case 'azure':
      // A token of Entra is a JWT, a key is not.
      return secret.startsWith('eyJ') ? bearer(secret) : inHeaders('api-key', secret);
    case 'bedrock':
      return bedrockAuthentication(secret, bedrockRegion(endpoint.baseUrl));
    case 'vertex':
      return vertexAuthentication(secret);
    case 'openrouter':
      return bearer(secret);
    case 'plain':
      break;
  }
  if (dialect === 'gemini') return inHeaders('x-goog-api-key', secret);
  // Of those who speak Messages some look at the one header, some at the other, and none minds both.
  if (dialect === 'messages') return inHeaders('x-api-key', secret, 'authorization', `Bearer ${secret}`);
  return bearer(secret);
}

/** `<access key id>:<secret>[:<session token>]` is signed with; everything else is an API key of Bedrock. */
function bedrockAuthentication(secret: string, region: string): CallAuthentication {
  const [accessKeyId, secretAccessKey, ...session] = secret.split(':');
  if (accessKeyId === undefined || secretAccessKey === undefined || !/^A[A-Z]{2}A[A-Z0-9]{8,}$/.test(accessKeyId)) {
    return bearer(secret);
  }
  const sessionToken = session.length === 0 ? null : session.join(':');
  return {
    headers: [],
    authentication: { kind: 'aws', region, service: 'bedrock', accessKeyId, secretAccessKey, sessionToken },
  };
}

/** A key's document or the path of one is exchanged for tokens; a key of the express mode is sent as it is. */
function vertexAuthentication(secret: string): CallAuthentication {
  if (/^(?:AIza|AQ\.)/.test(secret)) return inHeaders('x-goog-api-key', secret);
  if (secret.startsWith('ya29.')) return bearer(secret);
  return { headers: [], authentication: { kind: 'google', credential: secret } };
}

function bearer(secret: string): CallAuthentication {
  return inHeaders('authorization', `Bearer ${secret}`);
}

function inHeaders(...headers: string[]): CallAuthentication {
  return { headers, authentication: null };
}
