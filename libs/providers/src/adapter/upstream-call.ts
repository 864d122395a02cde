import type { UpstreamDialect } from '@apilink/dialects';

import { chatRequestHeaders } from '../openai-compatible.js';
import type { UpstreamRequest } from '../upstream-client.js';

export interface UpstreamCallFacts {
  readonly endpoint: { readonly baseUrl: string; readonly provider: string; readonly upstreamModel: string };
  readonly dialect: UpstreamDialect;
  readonly stream: boolean;
  readonly secret: string;
  readonly contentType: string;
  /** The client's own that the dialect passes on, names and values in turn. */
  readonly headers: readonly string[];
}

/** Where a call goes at its provider, and with which headers. */
export function upstreamCall(facts: UpstreamCallFacts): Pick<UpstreamRequest, 'baseUrl' | 'path' | 'headers'> {
  const { endpoint, dialect, stream, secret } = facts;
  const headers = [...chatRequestHeaders({ secret, stream }), ...facts.headers];
  return { baseUrl: endpoint.baseUrl, path: paths[dialect], headers };
}

const paths: Readonly<Record<UpstreamDialect, string>> = {
  chat: '/chat/completions',
  responses: '/responses',
  messages: '/messages',
  gemini: '/generateContent',
  converse: '/converse',
  embeddings: '/embeddings',
  images: '/images/generations',
  speech: '/audio/speech',
  transcriptions: '/audio/transcriptions',
  rerank: '/rerank',
};
