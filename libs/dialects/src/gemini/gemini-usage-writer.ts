import type { UsageVector } from '@apilink/pricing';

import type { AnswerClosing } from '../call/answer-closing.js';
import { costMembers, promptAndCompletions, usageWith } from '../usage/cost-members.js';

/**
 * `usageMetadata` for the client: the upstream's own bytes with the cost added, or one made from the usage vector when the
 * upstream told none that can be true.
 */
export function writeGeminiUsage(upstream: Buffer | null, closing: AnswerClosing): Buffer {
  const cost = costMembers(closing.cost, promptAndCompletions);
  if (upstream !== null) return usageWith(upstream, cost);
  return Buffer.from(`{${JSON.stringify(usageMembers(closing.usage)).slice(1, -1)},${cost}}`);
}

/** Google leaves out what is zero, and thoughts out of `candidatesTokenCount`. */
function usageMembers({ input, cacheRead, output, reasoning }: UsageVector): Record<string, number> {
  return {
    promptTokenCount: input,
    candidatesTokenCount: Math.max(0, output - reasoning),
    totalTokenCount: input + output,
    ...(cacheRead === 0 ? {} : { cachedContentTokenCount: cacheRead }),
    ...(reasoning === 0 ? {} : { thoughtsTokenCount: reasoning }),
  };
}
