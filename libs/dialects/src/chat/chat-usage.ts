import { emptyUsage, type UsageVector } from '@apilink/pricing';

import { cacheWrites } from '../usage/cache-writes.js';
import { wholeTotals, type ToldTotals, type WholeTotals } from '../usage/told-totals.js';
import { UsageCounts } from '../usage/usage-counts.js';
import { readingOf } from '../usage/usage-reading.js';
import type { ChatUsageQuirks, ChatUsageReading } from './chat-usage-quirks.js';
import { isRecord } from '../json/records.js';

/**
 * Maps a chat `usage` object into the usage vector (docs/money.md, "Prices"). Figures that are no whole numbers from 0 to
 * 2^53 − 1 are never mended: the reading then has no usage, and says why.
 *
 * - OpenAI: `prompt_tokens` includes cached and cache-write tokens, `completion_tokens` includes reasoning.
 * - DeepSeek: cached tokens in `prompt_cache_hit_tokens`; Moonshot: in `cached_tokens` of the object itself.
 * - OpenAI-compatible fronts of Anthropic: `cache_read_input_tokens`, `cache_creation_input_tokens` with its split.
 * - xAI: `completion_tokens` leaves reasoning out; Gemini's chat endpoint does not even tell it (`wholeTotals`).
 * - Perplexity: citations and reasoning stand beside all totals, `total_tokens` too; citations are sold as input.
 * - Mistral: audio in `prompt_audio_seconds`, outside of all tokens.
 */
export function chatUsage(value: unknown, quirks: ChatUsageQuirks): ChatUsageReading {
  if (!isRecord(value)) return { usage: null, problem: 'usage is not an object' };
  const counts = new UsageCounts();
  const inputDetails = counts.details(value, 'prompt_tokens_details');
  const outputDetails = counts.details(value, 'completion_tokens_details');
  const cacheRead = cacheReads(counts, value, inputDetails);
  const writes = cacheWrites(counts, splitOf(value, inputDetails), writtenToCache(counts, value, inputDetails));
  const told = {
    input: counts.required(value, 'prompt_tokens'),
    cached: cacheRead + writes.cacheWrite5m + writes.cacheWrite1h,
    output: counts.required(value, 'completion_tokens'),
    reasoning: counts.first(outputDetails, ['reasoning_tokens']) || counts.first(value, ['reasoning_tokens']),
    total: counts.first(value, ['total_tokens']),
  };
  const vector: UsageVector = {
    ...emptyUsage,
    ...(hasCitations(value) ? totalsBesideCitations(counts, value, told) : wholeTotals(told, quirks)),
    cacheRead,
    ...writes,
    audioInput: counts.first(inputDetails, ['audio_tokens']),
    imageInput: counts.first(inputDetails, ['image_tokens']),
    audioOutput: counts.first(outputDetails, ['audio_tokens']),
    imageOutput: counts.first(outputDetails, ['image_tokens']),
    requests: 1,
    milliseconds: counts.milliseconds(value, 'prompt_audio_seconds'),
    webSearches: searches(counts, value),
  };
  if (counts.problem !== null) return { usage: null, problem: counts.problem };
  const { usage, problem } = readingOf(vector, null);
  return { usage, problem };
}

function cacheReads(counts: UsageCounts, value: Record<string, unknown>, details: Record<string, unknown>): number {
  return (
    counts.first(details, ['cached_tokens', 'cache_read_input_tokens']) ||
    counts.first(value, [
      'prompt_cache_hit_tokens',
      'cached_tokens',
      'cache_read_input_tokens',
      'cached_prompt_text_tokens',
    ])
  );
}

function writtenToCache(counts: UsageCounts, value: Record<string, unknown>, details: Record<string, unknown>): number {
  return (
    counts.first(details, ['cache_write_tokens', 'cache_creation_tokens', 'cache_creation_input_tokens']) ||
    counts.first(value, ['cache_creation_input_tokens'])
  );
}

/** Where a front of Anthropic tells how long its writes live. */
function splitOf(value: Record<string, unknown>, details: Record<string, unknown>): Record<string, unknown> {
  return details['cache_creation_token_details'] === undefined && details['cache_creation'] === undefined
    ? value
    : details;
}

/** Only Perplexity tells citations. */
function hasCitations(value: Record<string, unknown>): boolean {
  return value['citation_tokens'] !== undefined && value['citation_tokens'] !== null;
}

function totalsBesideCitations(counts: UsageCounts, value: Record<string, unknown>, told: ToldTotals): WholeTotals {
  const { input, output, reasoning } = told;
  return { input: input + counts.first(value, ['citation_tokens']), output: output + reasoning, reasoning };
}

/** xAI sells the sources of its live search one by one, Perplexity its queries. */
function searches(counts: UsageCounts, value: Record<string, unknown>): number {
  return (
    counts.first(counts.details(value, 'server_tool_use'), ['web_search_requests']) ||
    counts.first(value, ['num_sources_used', 'num_search_queries'])
  );
}
