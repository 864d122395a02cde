import type { EndpointTraits } from '@apilink/dialects';

/** What a provider does differently, as data. */
export type UpstreamQuirks = EndpointTraits;

const none: UpstreamQuirks = {
  reasoningExcluded: false,
  reasoningUntold: false,
  oneSearchPerPrompt: false,
  maxTokensKey: null,
};

interface QuirkRow {
  /** The id of the built-in provider, and where its API is: the same upstream under another id has the same traits. */
  readonly provider: string;
  readonly origin: string;
  readonly model: RegExp;
  readonly quirks: UpstreamQuirks;
}

/** The first row that fits counts. Sources: the providers' API references, read November 2026. */
const rows: readonly QuirkRow[] = [
  {
    provider: 'openai',
    origin: 'https://api.openai.com/',
    model: /^(?:o\d|gpt-[5-9])/,
    quirks: { ...none, maxTokensKey: 'max_completion_tokens' },
  },
  { provider: 'xai', origin: 'https://api.x.ai/', model: /./, quirks: { ...none, reasoningExcluded: true } },
  {
    provider: 'google',
    origin: 'https://generativelanguage.googleapis.com/',
    model: /./,
    quirks: { ...none, reasoningUntold: true },
  },
  {
    provider: 'deepseek',
    origin: 'https://api.deepseek.com/',
    model: /./,
    quirks: { ...none, maxTokensKey: 'max_tokens' },
  },
  {
    provider: 'mistral',
    origin: 'https://api.mistral.ai/',
    model: /./,
    quirks: { ...none, maxTokensKey: 'max_tokens' },
  },
];

/** The quirks of an endpoint, by its provider's id or address and the model's name there; none for one that is not listed. */
export function upstreamQuirks(endpoint: {
  readonly provider: string;
  readonly upstreamModel: string;
  readonly baseUrl: string;
}): UpstreamQuirks {
  const { provider, upstreamModel, baseUrl } = endpoint;
  for (const row of rows) {
    const isThere = row.provider === provider || baseUrl.startsWith(row.origin);
    if (isThere && row.model.test(upstreamModel)) return row.quirks;
  }
  return none;
}
