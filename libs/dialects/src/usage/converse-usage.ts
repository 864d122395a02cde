import { emptyUsage } from '@apilink/pricing';

import { isRecord, listOf, textOf } from '../json/records.js';
import { UsageCounts } from './usage-counts.js';
import { noReading, readingOf, refusedReading, type UsageReader, type UsageReading } from './usage-reading.js';

/**
 * Amazon's Converse: the answer, or the events of its stream, of which `metadata` tells it all. `inputTokens` excludes what
 * was read from and written to the cache; `cacheDetails` splits the writes by their time to live. Reasoning is part of
 * `outputTokens` and not told apart.
 */
export class ConverseUsageReader implements UsageReader {
  private told: UsageReading = noReading(null);

  note(document: unknown): void {
    if (!isRecord(document)) return;
    const { usage } = document;
    if (usage === undefined || usage === null) return;
    const serviceTier = tierOf(document);
    this.told = isRecord(usage) ? readUsage(usage, serviceTier) : refusedReading('usage is not an object', serviceTier);
  }

  get reading(): UsageReading {
    return this.told;
  }
}

/** Latency-optimised answers have a price of their own, whatever the tier. */
function tierOf({ performanceConfig, serviceTier }: Record<string, unknown>): string | null {
  if (isRecord(performanceConfig) && performanceConfig['latency'] === 'optimized') return 'optimized';
  return isRecord(serviceTier) ? textOf(serviceTier['type']) : null;
}

function readUsage(usage: Record<string, unknown>, serviceTier: string | null): UsageReading {
  const counts = new UsageCounts();
  const cacheRead = counts.first(usage, ['cacheReadInputTokens']);
  const writes = counts.first(usage, ['cacheWriteInputTokens']);
  const cacheWrite1h = Math.min(writes, hourOf(counts, usage['cacheDetails']));
  const vector = {
    ...emptyUsage,
    input: counts.required(usage, 'inputTokens') + cacheRead + writes,
    cacheRead,
    cacheWrite5m: writes - cacheWrite1h,
    cacheWrite1h,
    output: counts.required(usage, 'outputTokens'),
    requests: 1,
  };
  return counts.problem === null ? readingOf(vector, serviceTier) : refusedReading(counts.problem, serviceTier);
}

function hourOf(counts: UsageCounts, details: unknown): number {
  let tokens = 0;
  for (const entry of listOf(details)) {
    if (isRecord(entry) && entry['ttl'] === '1h') tokens += counts.first(entry, ['inputTokens']);
  }
  return tokens;
}
