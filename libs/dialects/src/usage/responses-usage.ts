import { emptyUsage } from '@apilink/pricing';

import { isRecord, listOf, textOf } from '../json/records.js';
import { wholeTotals } from './told-totals.js';
import { UsageCounts } from './usage-counts.js';
import {
  noReading,
  readingOf,
  refusedReading,
  type UsageReader,
  type UsageReading,
  type UsageTraits,
} from './usage-reading.js';

const terminalEvents: ReadonlySet<unknown> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
]);

/**
 * OpenAI's Responses: a response object, or the terminal event of its stream (the usage of the others is null). Input
 * includes cached and cache-write tokens, output includes reasoning. Web searches are sold by the call but stand in no
 * usage object: they are counted in `output`, and opening or searching a found page is no search.
 */
export class ResponsesUsageReader implements UsageReader {
  reading: UsageReading = noReading(null);

  constructor(private readonly traits: UsageTraits) {}

  note(document: unknown): void {
    if (!isRecord(document)) return;
    const response = terminalEvents.has(document['type']) ? document['response'] : document;
    if (isRecord(response) && response['object'] === 'response') this.reading = this.readingOf(response);
  }

  private readingOf(response: Record<string, unknown>): UsageReading {
    const serviceTier = textOf(response['service_tier']);
    const { usage } = response;
    if (usage === null || usage === undefined) return noReading(serviceTier);
    if (!isRecord(usage)) return refusedReading('usage is not an object', serviceTier);
    const counts = new UsageCounts();
    const inputDetails = counts.details(usage, 'input_tokens_details');
    const cacheRead = counts.first(inputDetails, ['cached_tokens']);
    const cacheWrite5m = counts.first(inputDetails, ['cache_write_tokens']);
    const told = {
      input: counts.required(usage, 'input_tokens'),
      cached: cacheRead + cacheWrite5m,
      output: counts.required(usage, 'output_tokens'),
      reasoning: counts.first(counts.details(usage, 'output_tokens_details'), ['reasoning_tokens']),
      total: counts.first(usage, ['total_tokens']),
    };
    const vector = {
      ...emptyUsage,
      ...wholeTotals(told, this.traits),
      cacheRead,
      cacheWrite5m,
      audioInput: counts.first(inputDetails, ['audio_tokens']),
      imageInput: counts.first(inputDetails, ['image_tokens']),
      requests: 1,
      webSearches: searchesIn(response['output']) + counts.first(usage, ['num_sources_used']),
    };
    return counts.problem === null ? readingOf(vector, serviceTier) : refusedReading(counts.problem, serviceTier);
  }
}

function searchesIn(output: unknown): number {
  return listOf(output).filter((item) => {
    if (!isRecord(item) || item['type'] !== 'web_search_call') return false;
    const { action } = item;
    return !isRecord(action) || action['type'] === 'search';
  }).length;
}
