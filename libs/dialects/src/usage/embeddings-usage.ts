import { emptyUsage } from '@apilink/pricing';

import { isRecord } from '../json/records.js';
import { UsageCounts } from './usage-counts.js';
import { noReading, readingOf, refusedReading, type UsageReader, type UsageReading } from './usage-reading.js';

/** Embeddings: `usage` of OpenAI, Mistral, Jina and Voyage (which tells the total alone), `meta.billed_units` of Cohere. */
export class EmbeddingsUsageReader implements UsageReader {
  reading: UsageReading = noReading(null);

  note(document: unknown): void {
    if (!isRecord(document)) return;
    const { usage, meta } = document;
    if (isRecord(usage)) this.reading = inputOf('usage', usage, ['prompt_tokens', 'input_tokens', 'total_tokens']);
    else if (usage !== undefined && usage !== null) this.reading = refusedReading('usage is not an object', null);
    else if (isRecord(meta) && isRecord(meta['billed_units'])) {
      this.reading = inputOf('meta.billed_units', meta['billed_units'], ['input_tokens']);
    }
  }
}

function inputOf(name: string, usage: Record<string, unknown>, keys: readonly [string, ...string[]]): UsageReading {
  const counts = new UsageCounts(name);
  const images = counts.first(usage, ['images']);
  const told = keys.find((key) => usage[key] !== undefined && usage[key] !== null);
  const input = told === undefined && images > 0 ? 0 : counts.required(usage, told ?? keys[0]);
  if (counts.problem !== null) return refusedReading(counts.problem, null);
  return readingOf({ ...emptyUsage, input, images, requests: 1 }, null);
}
