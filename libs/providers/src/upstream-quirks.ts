import type { ChatRequestChanges, ChatUsageQuirks } from '@apilink/dialects';

/** What an OpenAI-compatible provider does differently, as data. */
export interface UpstreamQuirks extends ChatUsageQuirks {
  /** The only name of the output limit that this provider takes; null = either. */
  readonly maxTokensKey: ChatRequestChanges['maxTokensKey'];
}

const none: UpstreamQuirks = { reasoningExcluded: false, reasoningUntold: false, maxTokensKey: null };

/** The first row that fits counts. Sources: the providers' API references, read November 2026. */
const rows: readonly { provider: string; model: RegExp; quirks: UpstreamQuirks }[] = [
  { provider: 'openai', model: /^(?:o\d|gpt-[5-9])/, quirks: { ...none, maxTokensKey: 'max_completion_tokens' } },
  { provider: 'xai', model: /./, quirks: { ...none, reasoningExcluded: true } },
  { provider: 'google', model: /./, quirks: { ...none, reasoningUntold: true } },
  { provider: 'deepseek', model: /./, quirks: { ...none, maxTokensKey: 'max_tokens' } },
  { provider: 'mistral', model: /./, quirks: { ...none, maxTokensKey: 'max_tokens' } },
];

/** The quirks of an endpoint by its provider's id and the model's name there; none for one that is not listed. */
export function upstreamQuirks(endpoint: {
  readonly provider: string;
  readonly upstreamModel: string;
}): UpstreamQuirks {
  const { provider, upstreamModel } = endpoint;
  return rows.find((row) => row.provider === provider && row.model.test(upstreamModel))?.quirks ?? none;
}
