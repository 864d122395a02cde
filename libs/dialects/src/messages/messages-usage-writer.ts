import type { UsageVector } from '@apilink/pricing';

import type { AnswerClosing } from '../call/answer-closing.js';
import { costMembers, promptAndCompletions, usageWith } from '../usage/cost-members.js';

/**
 * The `usage` object for the client: the upstream's own bytes with the cost added, or one made from the usage vector when
 * the upstream told none that can be true.
 */
export function writeMessagesUsage(
  upstream: Buffer | null,
  closing: AnswerClosing,
  serviceTier: string | null,
): Buffer {
  const cost = costMembers(closing.cost, promptAndCompletions);
  if (upstream !== null) return usageWith(upstream, cost);
  const members = JSON.stringify(usageMembers(closing.usage, serviceTier)).slice(1, -1);
  return Buffer.from(`{${members},${cost}}`);
}

/** Anthropic's `input_tokens` leave out what was read from the cache and written to it. */
function usageMembers(usage: UsageVector, serviceTier: string | null): Record<string, unknown> {
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning, webSearches } = usage;
  return {
    input_tokens: Math.max(0, input - cacheRead - cacheWrite5m - cacheWrite1h),
    cache_creation_input_tokens: cacheWrite5m + cacheWrite1h,
    cache_read_input_tokens: cacheRead,
    cache_creation: { ephemeral_5m_input_tokens: cacheWrite5m, ephemeral_1h_input_tokens: cacheWrite1h },
    output_tokens: output,
    output_tokens_details: { thinking_tokens: reasoning },
    server_tool_use: webSearches === 0 ? null : { web_search_requests: webSearches, web_fetch_requests: 0 },
    service_tier: serviceTier === 'priority' || serviceTier === 'batch' ? serviceTier : 'standard',
  };
}
