import type { UsageVector } from '@apilink/pricing';

import type { AnswerClosing } from '../call/answer-closing.js';
import { costMembers, promptAndCompletions, usageWith } from '../usage/cost-members.js';

/**
 * The `usage` object for the client: the upstream's own bytes with the cost added, or one made from the usage vector when
 * the upstream told none that can be true.
 */
export function writeChatUsage(upstream: Buffer | null, closing: AnswerClosing): Buffer {
  const cost = costMembers(closing.cost, promptAndCompletions);
  if (upstream === null) return Buffer.from(`{${vectorMembers(closing.usage)},${cost}}`);
  return usageWith(upstream, cost);
}

function vectorMembers(usage: UsageVector): string {
  const details = {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: {
      cached_tokens: usage.cacheRead,
      cache_write_tokens: usage.cacheWrite5m + usage.cacheWrite1h,
      audio_tokens: usage.audioInput,
    },
    completion_tokens_details: { reasoning_tokens: usage.reasoning, audio_tokens: usage.audioOutput },
  };
  return JSON.stringify(details).slice(1, -1);
}
