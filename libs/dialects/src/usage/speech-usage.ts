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
 * Speech: audio bytes tell nothing, so the characters asked for are the usage. A stream of events ends with
 * `speech.audio.done`, whose output tokens are audio.
 */
export class SpeechUsageReader implements UsageReader {
  reading: UsageReading;

  constructor(private readonly requested: RequestedUnits) {
    this.reading = readingOf({ ...emptyUsage, characters: requested.characters, requests: 1 }, null);
  }

  note(document: unknown): void {
    if (!isRecord(document) || document['type'] !== 'speech.audio.done') return;
    const { usage } = document;
    if (usage === undefined || usage === null) return;
    const counts = new UsageCounts();
    const told = isRecord(usage) ? usage : {};
    const input = counts.required(told, 'input_tokens');
    const output = counts.required(told, 'output_tokens');
    const { characters } = this.requested;
    this.reading =
      counts.problem === null
        ? readingOf({ ...emptyUsage, input, output, audioOutput: output, characters, requests: 1 }, null)
        : refusedReading(counts.problem, null);
  }
}
