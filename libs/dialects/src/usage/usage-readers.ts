import { ConverseUsageReader } from './converse-usage.js';
import { EmbeddingsUsageReader } from './embeddings-usage.js';
import { GeminiUsageReader } from './gemini-usage.js';
import { ImagesUsageReader } from './images-usage.js';
import { MessagesUsageReader } from './messages-usage.js';
import { RerankUsageReader } from './rerank-usage.js';
import { ResponsesUsageReader } from './responses-usage.js';
import { SpeechUsageReader } from './speech-usage.js';
import { TranscriptionsUsageReader } from './transcriptions-usage.js';
import type { RequestedUnits, UsageReader, UsageTraits } from './usage-reading.js';

export interface UsageReaderOptions {
  readonly traits: UsageTraits;
  readonly requested: RequestedUnits;
}

/** Dialects whose answers are read document by document; chat is metered while it runs (ChatStreamMeter, readChatAnswer). */
export type ReadDialect = keyof typeof readers;

const readers = {
  responses: ({ traits }: UsageReaderOptions): UsageReader => new ResponsesUsageReader(traits),
  messages: (): UsageReader => new MessagesUsageReader(),
  gemini: ({ traits }: UsageReaderOptions): UsageReader => new GeminiUsageReader(traits),
  converse: (): UsageReader => new ConverseUsageReader(),
  embeddings: (): UsageReader => new EmbeddingsUsageReader(),
  images: (): UsageReader => new ImagesUsageReader(),
  speech: ({ requested }: UsageReaderOptions): UsageReader => new SpeechUsageReader(requested),
  transcriptions: ({ requested }: UsageReaderOptions): UsageReader => new TranscriptionsUsageReader(requested),
  rerank: ({ requested }: UsageReaderOptions): UsageReader => new RerankUsageReader(requested),
};

/** A reader of one answer's usage. */
export function usageReaderOf(dialect: ReadDialect, options: UsageReaderOptions): UsageReader {
  return readers[dialect](options);
}
