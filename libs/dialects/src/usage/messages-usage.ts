import { emptyUsage, type UsageVector } from '@apilink/pricing';

import { isRecord, listOf, textOf } from '../json/records.js';
import { cacheWrites } from './cache-writes.js';
import { UsageCounts } from './usage-counts.js';
import { noReading, readingOf, refusedReading, type UsageReader, type UsageReading } from './usage-reading.js';

/**
 * Anthropic's Messages: a message, or the events of its stream. `input_tokens` excludes what was read from and written to
 * the cache. `message_start` tells the input, `message_delta` the output; both are cumulative, so of a member told twice
 * the larger figure counts (fronts repeat it as 0, or tell the input in `message_delta` alone).
 *
 * `usage.iterations` lists every sampling of the request, those of compaction and of an advisor too, of which the totals
 * tell the first alone: the sum over the list is what is billed. An advisor's tokens cost what the model's own cost, since
 * a vector has one price.
 */
export class MessagesUsageReader implements UsageReader {
  private told: Record<string, unknown> = {};
  private serviceTier: string | null = null;
  private isFinal = false;
  private problem: string | null = null;

  note(document: unknown): void {
    if (!isRecord(document)) return;
    const { type, message } = document;
    if (type === 'message_start' && isRecord(message)) this.noteUsage(message['usage'], false);
    else if (type === 'message_delta' || type === 'message') this.noteUsage(document['usage'], true);
  }

  get reading(): UsageReading {
    return this.isFinal ? this.read() : { usage: null, problem: this.problem, serviceTier: this.serviceTier };
  }

  /** What `message_start` told, when nothing was told of the output yet: the input of an answer that is cut. */
  get opening(): UsageReading {
    return 'input_tokens' in this.told ? this.read() : noReading(this.serviceTier);
  }

  private noteUsage(usage: unknown, isFinal: boolean): void {
    if (usage === undefined || usage === null) return;
    if (!isRecord(usage)) {
      this.problem ??= 'usage is not an object';
      return;
    }
    this.serviceTier = tierOf(usage) ?? this.serviceTier;
    this.told = merged(this.told, usage);
    this.isFinal ||= isFinal;
  }

  private read(): UsageReading {
    const { told, serviceTier } = this;
    const counts = new UsageCounts();
    const top = vectorOf(counts, told);
    const iterations = listOf(told['iterations']);
    const vector = iterations.length === 0 ? top : sumOf(iterations, top.webSearches);
    const problem = this.problem ?? counts.problem;
    if (problem !== null) return refusedReading(problem, serviceTier);
    if (typeof vector === 'string') return refusedReading(vector, serviceTier);
    const short = vector.input < top.input || vector.output < top.output;
    if (short) return refusedReading('usage.iterations add up to fewer tokens than usage itself', serviceTier);
    return readingOf(vector, serviceTier);
  }
}

/** Fast mode has a price of its own, whatever the tier. */
function tierOf(usage: Record<string, unknown>): string | null {
  return usage['speed'] === 'fast' ? 'fast' : textOf(usage['service_tier']);
}

/** Counts never shrink: of two figures the larger one, of everything else the later one. */
function merged(one: Record<string, unknown>, other: Record<string, unknown>): Record<string, unknown> {
  const both: Record<string, unknown> = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const earlier = both[key];
    if (value === null || value === undefined) continue;
    if (typeof earlier === 'number' && typeof value === 'number') both[key] = Math.max(earlier, value);
    else both[key] = isRecord(earlier) && isRecord(value) ? merged(earlier, value) : value;
  }
  return both;
}

function vectorOf(counts: UsageCounts, usage: Record<string, unknown>): UsageVector {
  const cacheRead = counts.first(usage, ['cache_read_input_tokens']);
  const writes = cacheWrites(counts, usage, counts.first(usage, ['cache_creation_input_tokens']));
  return {
    ...emptyUsage,
    input: counts.required(usage, 'input_tokens') + cacheRead + writes.cacheWrite5m + writes.cacheWrite1h,
    cacheRead,
    ...writes,
    output: counts.first(usage, ['output_tokens']),
    reasoning: counts.first(counts.details(usage, 'output_tokens_details'), ['thinking_tokens']),
    requests: 1,
    webSearches: counts.first(counts.details(usage, 'server_tool_use'), ['web_search_requests']),
  };
}

/** The sum of all iterations, or why there is none. Searches stand in the totals alone. */
function sumOf(iterations: readonly unknown[], webSearches: number): UsageVector | string {
  const counts = new UsageCounts('usage.iterations[]');
  let sum: UsageVector = { ...emptyUsage, requests: 1, webSearches };
  for (const iteration of iterations) {
    if (!isRecord(iteration)) return 'usage.iterations[] is not an object';
    const { input, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning } = vectorOf(counts, iteration);
    sum = {
      ...sum,
      input: sum.input + input,
      cacheRead: sum.cacheRead + cacheRead,
      cacheWrite5m: sum.cacheWrite5m + cacheWrite5m,
      cacheWrite1h: sum.cacheWrite1h + cacheWrite1h,
      output: sum.output + output,
      reasoning: sum.reasoning + reasoning,
    };
  }
  return counts.problem ?? sum;
}
