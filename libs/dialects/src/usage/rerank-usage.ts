import { emptyUsage } from '@apilink/pricing';

import { isRecord } from '../json/records.js';
import { UsageCounts } from './usage-counts.js';
import {
  readingOf,
  refusedReading,
  type RequestedUnits,
  type UsageReader,
  type UsageReading,
} from './usage-reading.js';

/**
 * Rerank: Cohere sells search units (`meta.billed_units`, or `usage.search_units` of a front), Jina and Voyage sell tokens
 * (`usage.total_tokens`). An answer that tells neither used the searches that the request is counted as.
 */
export class RerankUsageReader implements UsageReader {
  reading: UsageReading;

  constructor(private readonly requested: RequestedUnits) {
    this.reading = readingOf({ ...emptyUsage, rerankSearches: requested.searches, requests: 1 }, null);
  }

  note(document: unknown): void {
    if (!isRecord(document)) return;
    const { usage, meta } = document;
    const billed = isRecord(meta) ? meta['billed_units'] : undefined;
    if (isRecord(billed)) this.reading = this.ofUnits('meta.billed_units', billed);
    else if (isRecord(usage)) this.reading = this.ofUnits('usage', usage);
    else if (usage !== undefined && usage !== null) this.reading = refusedReading('usage is not an object', null);
  }

  private ofUnits(name: string, units: Record<string, unknown>): UsageReading {
    const counts = new UsageCounts(name);
    const input = counts.first(units, ['prompt_tokens', 'input_tokens', 'total_tokens']);
    const isTold = units['search_units'] !== undefined && units['search_units'] !== null;
    const rerankSearches = isTold ? counts.first(units, ['search_units']) : this.requested.searches;
    return counts.problem === null
      ? readingOf({ ...emptyUsage, input, rerankSearches, requests: 1 }, null)
      : refusedReading(counts.problem, null);
  }
}
