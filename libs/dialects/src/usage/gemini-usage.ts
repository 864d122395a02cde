import { emptyUsage } from '@apilink/pricing';

import { isRecord, listOf, textOf } from '../json/records.js';
import { UsageCounts } from './usage-counts.js';
import {
  noReading,
  readingOf,
  refusedReading,
  type UsageReader,
  type UsageReading,
  type UsageTraits,
} from './usage-reading.js';

/**
 * Gemini's generateContent: the answer, or the chunks of its stream, each of which tells the usage so far. Members of zero
 * are left out. `candidatesTokenCount` excludes thoughts, `promptTokenCount` includes cached tokens and excludes what tools
 * put into the prompt. Tokens of documents are sold as those of images, of videos as plain input.
 */
export class GeminiUsageReader implements UsageReader {
  private serviceTier: string | null = null;
  private told: UsageReading | null = null;
  private searches = 0;

  constructor(private readonly traits: UsageTraits) {}

  note(document: unknown): void {
    if (!isRecord(document)) return;
    this.searches = Math.max(this.searches, searchesIn(document['candidates']));
    const metadata = document['usageMetadata'];
    if (metadata === undefined || metadata === null) return;
    if (!isRecord(metadata)) {
      this.told = refusedReading('usageMetadata is not an object', this.serviceTier);
      return;
    }
    this.serviceTier = textOf(metadata['serviceTier']) ?? textOf(metadata['trafficType']) ?? this.serviceTier;
    this.told = this.readingOf(metadata);
  }

  get reading(): UsageReading {
    if (this.told === null) return noReading(this.serviceTier);
    const { usage, problem } = this.told;
    const webSearches = this.traits.oneSearchPerPrompt ? Math.min(this.searches, 1) : this.searches;
    return { usage: usage === null ? null : { ...usage, webSearches }, problem, serviceTier: this.serviceTier };
  }

  private readingOf(metadata: Record<string, unknown>): UsageReading {
    const counts = new UsageCounts('usageMetadata');
    const ofPrompt = (modalities: readonly string[]): number =>
      Math.max(
        0,
        counts.ofModalities(metadata['promptTokensDetails'], modalities) -
          counts.ofModalities(metadata['cacheTokensDetails'], modalities),
      ) + counts.ofModalities(metadata['toolUsePromptTokensDetails'], modalities);
    const input = counts.required(metadata, 'promptTokenCount') + counts.first(metadata, ['toolUsePromptTokenCount']);
    const reasoning = counts.first(metadata, ['thoughtsTokenCount']);
    const total = counts.first(metadata, ['totalTokenCount']);
    const candidates =
      metadata['candidatesTokenCount'] === undefined
        ? Math.max(0, total - input - reasoning)
        : counts.first(metadata, ['candidatesTokenCount']);
    const vector = {
      ...emptyUsage,
      input,
      cacheRead: counts.first(metadata, ['cachedContentTokenCount']),
      audioInput: ofPrompt(['AUDIO']),
      imageInput: ofPrompt(['IMAGE', 'DOCUMENT']),
      output: candidates + reasoning,
      reasoning,
      audioOutput: counts.ofModalities(metadata['candidatesTokensDetails'], ['AUDIO']),
      imageOutput: counts.ofModalities(metadata['candidatesTokensDetails'], ['IMAGE']),
      requests: 1,
    };
    return counts.problem === null ? readingOf(vector, null) : refusedReading(counts.problem, null);
  }
}

function searchesIn(candidates: unknown): number {
  let searches = 0;
  for (const candidate of listOf(candidates)) {
    if (!isRecord(candidate)) continue;
    const grounding = candidate['groundingMetadata'];
    if (isRecord(grounding)) searches += listOf(grounding['webSearchQueries']).length;
  }
  return searches;
}
