import type { QuirkyEndpoint } from '../upstream-quirks.js';

/** Providers whose HTTP is not the one of their dialect alone. */
export type ProviderKind = 'plain' | 'anthropic' | 'azure' | 'bedrock' | 'vertex' | 'openrouter';

const bedrockHost = /(?:^|\.)bedrock-runtime(?:-fips)?\.[a-z0-9-]+\.(?:vpce\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)$/;
const azureHost =
  /\.(?:openai\.azure\.(?:com|us|cn)|cognitiveservices\.azure\.(?:com|us|cn)|services\.ai\.azure\.com)$/;
const vertexHost = /(?:^|[.-])aiplatform\.googleapis\.com$/;

const byId = new Map<string, ProviderKind>([
  ['anthropic', 'anthropic'],
  ['azure', 'azure'],
  ['bedrock', 'bedrock'],
  ['vertex', 'vertex'],
  ['openrouter', 'openrouter'],
]);

/** By where it is, so that it may have any name here; by its name where it stands behind an address of the operator's. */
export function providerKind({ provider, baseUrl }: QuirkyEndpoint): ProviderKind {
  const host = URL.parse(baseUrl)?.hostname ?? '';
  if (host === 'api.anthropic.com') return 'anthropic';
  if (host === 'openrouter.ai') return 'openrouter';
  if (bedrockHost.test(host)) return 'bedrock';
  if (azureHost.test(host)) return 'azure';
  if (vertexHost.test(host)) return 'vertex';
  return byId.get(provider) ?? 'plain';
}

/** Endpoints are few and stay; parsing an address for each request would cost as much as all the rest. */
const known = new WeakMap<QuirkyEndpoint, ProviderKind>();

export function knownProviderKind(endpoint: QuirkyEndpoint): ProviderKind {
  const before = known.get(endpoint);
  if (before !== undefined) return before;
  const kind = providerKind(endpoint);
  known.set(endpoint, kind);
  return kind;
}

/** It may be asked to count a prompt; behind the clouds' own paths a count would be a call, and be charged. */
export function offersTokenCount(endpoint: QuirkyEndpoint): boolean {
  const kind = knownProviderKind(endpoint);
  return kind === 'plain' || kind === 'anthropic';
}
