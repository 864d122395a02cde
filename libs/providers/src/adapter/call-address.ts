import type { Dialect } from '@apilink/contracts';

import type { ProviderKind } from './provider-kind.js';
import type { AskedUpstream } from './asked-upstream.js';

interface CallAddress {
  readonly baseUrl: string;
  /** Below the base URL; may have a query. */
  readonly path: string;
}

/** OpenAI's and Anthropic's paths, which everybody else has taken over. */
const paths: Readonly<Record<Exclude<Dialect, 'gemini' | 'converse'>, string>> = {
  chat: '/chat/completions',
  responses: '/responses',
  messages: '/messages',
  embeddings: '/embeddings',
  images: '/images/generations',
  speech: '/audio/speech',
  transcriptions: '/audio/transcriptions',
  rerank: '/rerank',
};

export function callAddress(kind: ProviderKind, asked: AskedUpstream): CallAddress {
  const { baseUrl, upstreamModel } = asked.endpoint;
  switch (kind) {
    case 'bedrock':
      return bedrockAddress(baseUrl, asked);
    case 'vertex':
      return vertexAddress(baseUrl, asked);
    case 'azure':
      return azureAddress(baseUrl, upstreamModel, plainPath(asked));
    case 'plain':
    case 'anthropic':
    case 'openrouter':
      break;
  }
  return { baseUrl: asked.dialect === 'gemini' ? geminiBase(baseUrl) : baseUrl, path: plainPath(asked) };
}

function plainPath({ dialect, endpoint, stream, operation = null, request }: AskedUpstream): string {
  if (dialect === 'gemini') return `/models/${encodeURIComponent(endpoint.upstreamModel)}${geminiMethod(stream)}`;
  if (dialect === 'converse') return conversePath(endpoint.upstreamModel, stream);
  if (dialect === 'images' && (operation === 'edits' || request.contentType.startsWith('multipart/'))) {
    return '/images/edits';
  }
  return operation === null || operation === 'edits' ? paths[dialect] : `${paths[dialect]}/${operation}`;
}

/** The documents of a stream come as events, and not as one growing list. */
function geminiMethod(stream: boolean): string {
  return stream ? ':streamGenerateContent?alt=sse' : ':generateContent';
}

/** Google serves chat below its own dialect: one base URL is enough for both. */
function geminiBase(baseUrl: string): string {
  return baseUrl.replace(/\/openai\/*$/, '');
}

function conversePath(model: string, stream: boolean): string {
  return `/model/${encodeURIComponent(model)}/converse${stream ? '-stream' : ''}`;
}

function bedrockAddress(baseUrl: string, asked: AskedUpstream): CallAddress {
  const { dialect, stream, endpoint } = asked;
  if (dialect === 'messages') {
    const verb = stream ? 'invoke-with-response-stream' : 'invoke';
    return { baseUrl, path: `/model/${encodeURIComponent(endpoint.upstreamModel)}/${verb}` };
  }
  if (dialect === 'converse') return { baseUrl, path: conversePath(endpoint.upstreamModel, stream) };
  return { baseUrl, path: `/openai/v1${plainPath(asked)}` };
}

/** The region in a host name of Bedrock's; requests are signed for it. Behind an address of one's own: us-east-1. */
export function bedrockRegion(baseUrl: string): string {
  const host = URL.parse(baseUrl)?.hostname ?? '';
  return /(?:^|\.)bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\./.exec(host)?.[1] ?? 'us-east-1';
}

/** The base URL ends with `/v1/projects/<project>/locations/<location>`. */
function vertexAddress(baseUrl: string, asked: AskedUpstream): CallAddress {
  const { dialect, stream, endpoint } = asked;
  const base = baseUrl.replace('://global-aiplatform.', '://aiplatform.');
  if (dialect === 'gemini') {
    return { baseUrl: base, path: publishedModel('google', endpoint.upstreamModel) + geminiMethod(stream) };
  }
  if (dialect === 'messages') {
    const method = stream ? ':streamRawPredict' : ':rawPredict';
    return { baseUrl: base, path: publishedModel('anthropic', endpoint.upstreamModel) + method };
  }
  return { baseUrl: base, path: `/endpoints/openapi${plainPath(asked)}` };
}

function publishedModel(publisher: string, model: string): string {
  return model.startsWith('publishers/') ? `/${model}` : `/publishers/${publisher}/models/${encodeURIComponent(model)}`;
}

/**
 * `https://<resource>.openai.azure.com`, with or without `/openai/v1`, is the v1 API, in which the deployment is the
 * model's name. With `/openai` and an `api-version` in the query it is a dated one, in which it stands in the path.
 */
function azureAddress(baseUrl: string, model: string, path: string): CallAddress {
  const url = URL.parse(baseUrl);
  if (url === null) return { baseUrl, path };
  const prefix = url.pathname.replace(/\/+$/, '');
  if (prefix === '') return { baseUrl: `${url.origin}/openai/v1${url.search}`, path };
  const isDated = prefix === '/openai' && url.searchParams.has('api-version');
  const isOfDeployment = isDated && path !== '/responses';
  return { baseUrl, path: isOfDeployment ? `/deployments/${encodeURIComponent(model)}${path}` : path };
}
