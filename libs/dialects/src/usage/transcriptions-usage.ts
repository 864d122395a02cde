import { emptyUsage, type UsageVector } from '@apilink/pricing';

import { isRecord } from '../json/records.js';
import { UsageCounts } from './usage-counts.js';
import {
  noReading,
  readingOf,
  refusedReading,
  type RequestedUnits,
  type UsageReader,
  type UsageReading,
} from './usage-reading.js';

/**
 * Transcriptions: a JSON answer or the `transcript.text.done` event of its stream. `usage` tells either tokens (gpt-4o) or a
 * length in seconds (whisper); Mistral tells both, its audio in `prompt_audio_seconds` outside of its tokens. Without
 * usage the `duration` of a verbose answer counts, and without that the length of the audio, where the request told it
 * (an answer of plain text, SRT or VTT tells nothing).
 */
export class TranscriptionsUsageReader implements UsageReader {
  private told: UsageReading | null = null;

  constructor(private readonly requested: RequestedUnits) {}

  note(document: unknown): void {
    if (!isRecord(document)) return;
    const { usage } = document;
    if (isRecord(usage)) this.told = ofUsage(usage);
    else if (usage !== undefined && usage !== null) this.told = refusedReading('usage is not an object', null);
    else if (document['duration'] !== undefined && document['duration'] !== null) this.told ??= ofDuration(document);
  }

  get reading(): UsageReading {
    const { audioMilliseconds } = this.requested;
    if (this.told !== null) return this.told;
    return audioMilliseconds === null
      ? noReading(null)
      : readingOf(vectorOf({ milliseconds: audioMilliseconds }), null);
  }
}

function ofUsage(usage: Record<string, unknown>): UsageReading {
  const counts = new UsageCounts();
  const lengthKey = usage['seconds'] === undefined ? 'prompt_audio_seconds' : 'seconds';
  const milliseconds = counts.milliseconds(usage, lengthKey);
  const hasLength = usage[lengthKey] !== undefined && usage[lengthKey] !== null;
  const details = counts.details(usage, 'input_token_details');
  const chat = usage['prompt_tokens'] !== undefined;
  const hasTokens = chat || usage['input_tokens'] !== undefined || !hasLength;
  const vector = vectorOf({
    milliseconds,
    input: hasTokens ? counts.required(usage, chat ? 'prompt_tokens' : 'input_tokens') : 0,
    audioInput: counts.first(details, ['audio_tokens']),
    output: hasTokens ? counts.required(usage, chat ? 'completion_tokens' : 'output_tokens') : 0,
  });
  return counts.problem === null ? readingOf(vector, null) : refusedReading(counts.problem, null);
}

function ofDuration(document: Record<string, unknown>): UsageReading {
  const counts = new UsageCounts('answer');
  const milliseconds = counts.milliseconds(document, 'duration');
  return counts.problem === null ? readingOf(vectorOf({ milliseconds }), null) : refusedReading(counts.problem, null);
}

function vectorOf(told: Partial<UsageVector>): UsageVector {
  return { ...emptyUsage, ...told, requests: 1 };
}
