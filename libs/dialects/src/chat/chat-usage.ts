import { emptyUsage, usageProblem, withPartsFitted, type UsageVector } from '@apilink/pricing';

import type { ChatUsageQuirks, ChatUsageReading } from './chat-cost.js';
import { isRecord } from './records.js';

/**
 * Maps a chat `usage` object into the usage vector (docs/money.md, "Prices"). Figures that are no whole numbers from 0 to
 * 2^53 − 1 are never mended: the reading then has no usage, and says why.
 *
 * - OpenAI: `prompt_tokens` includes cached and cache-write tokens, `completion_tokens` includes reasoning.
 * - DeepSeek: cached tokens in `prompt_cache_hit_tokens`; Moonshot: in `cached_tokens` of the object itself.
 * - OpenAI-compatible fronts of Anthropic: `cache_read_input_tokens`, `cache_creation_input_tokens` (5 minutes).
 * - xAI: `completion_tokens` leaves reasoning out. Where `total_tokens` tells which it is, that decides; else the quirk.
 */
export function chatUsage(value: unknown, quirks: ChatUsageQuirks): ChatUsageReading {
  if (!isRecord(value)) return { usage: null, problem: 'usage is not an object' };
  const counts = new Counts();
  const inputDetails = counts.details(value, 'prompt_tokens_details');
  const outputDetails = counts.details(value, 'completion_tokens_details');
  const input = counts.required(value, 'prompt_tokens');
  const completion = counts.required(value, 'completion_tokens');
  const reasoning = counts.first(outputDetails, ['reasoning_tokens']) || counts.first(value, ['reasoning_tokens']);
  const total = counts.first(value, ['total_tokens']);
  const isExcluded = leavesReasoningOut({ input, completion, reasoning, total }, quirks);
  const vector: UsageVector = {
    ...emptyUsage,
    input,
    cacheRead: cacheReads(counts, value, inputDetails),
    cacheWrite5m:
      counts.first(inputDetails, ['cache_write_tokens', 'cache_creation_tokens', 'cache_creation_input_tokens']) ||
      counts.first(value, ['cache_creation_input_tokens']),
    audioInput: counts.first(inputDetails, ['audio_tokens']),
    imageInput: counts.first(inputDetails, ['image_tokens']),
    output: isExcluded ? completion + reasoning : completion,
    reasoning,
    audioOutput: counts.first(outputDetails, ['audio_tokens']),
    imageOutput: counts.first(outputDetails, ['image_tokens']),
    requests: 1,
    webSearches: counts.first(counts.details(value, 'server_tool_use'), ['web_search_requests']),
  };
  if (counts.problem !== null) return { usage: null, problem: counts.problem };
  const fitted = withPartsFitted(vector);
  const problem = usageProblem(fitted);
  return problem === null ? { usage: fitted, problem: null } : { usage: null, problem: problem.message };
}

function cacheReads(counts: Counts, value: Record<string, unknown>, details: Record<string, unknown>): number {
  return (
    counts.first(details, ['cached_tokens', 'cache_read_input_tokens']) ||
    counts.first(value, ['prompt_cache_hit_tokens', 'cached_tokens', 'cache_read_input_tokens'])
  );
}

function leavesReasoningOut(
  told: { input: number; completion: number; reasoning: number; total: number },
  quirks: ChatUsageQuirks,
): boolean {
  const { input, completion, reasoning, total } = told;
  if (reasoning === 0) return false;
  if (total === input + completion + reasoning) return true;
  if (total === input + completion) return reasoning > completion;
  return quirks.reasoningExcluded || reasoning > completion;
}

/** Reads counts and keeps the first that is none. */
class Counts {
  problem: string | null = null;

  required(from: Record<string, unknown>, key: string): number {
    if (from[key] === undefined || from[key] === null) this.problem ??= `usage.${key} is missing`;
    return this.first(from, [key]);
  }

  /** The first of these members that is there; 0 without one, for details that a provider need not tell. */
  first(from: Record<string, unknown>, keys: readonly string[]): number {
    for (const key of keys) {
      const value = from[key];
      if (value === undefined || value === null) continue;
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
      this.problem ??= `usage.${key} is ${describe(value)}, not a whole number from 0 to 2^53 − 1`;
      return 0;
    }
    return 0;
  }

  details(from: Record<string, unknown>, key: string): Record<string, unknown> {
    const value = from[key];
    return isRecord(value) ? value : {};
  }
}

function describe(value: unknown): string {
  return typeof value === 'number' ? String(value) : `a ${typeof value}`;
}
