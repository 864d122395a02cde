import { costOf } from '@apilink/pricing';
import { describe, expect, it } from '@jest/globals';

import { readChatAnswer } from '../chat/chat-answer.js';
import { ChatStreamMeter } from '../chat/chat-stream-meter.js';
import { documentsIn, goldens, type Golden } from './golden-files.js';
import { usageReaderOf, type ReadDialect } from './usage-readers.js';
import type { UsageReading } from './usage-reading.js';

const readDialects: readonly ReadDialect[] = [
  'responses',
  'messages',
  'gemini',
  'converse',
  'embeddings',
  'images',
  'speech',
  'transcriptions',
  'rerank',
];

function readingOf(golden: Golden): UsageReading {
  if (golden.dialect === 'chat') return readingOfChat(golden);
  const dialect = readDialects.find((known) => known === golden.dialect);
  if (dialect === undefined) throw new TypeError(`no reader of ${golden.dialect}`);
  const reader = usageReaderOf(dialect, golden);
  for (const document of documentsIn(golden)) reader.note(document);
  return reader.reading;
}

/** By the two readers that the edge meters with. */
function readingOfChat({ payload, isStream, traits }: Golden): UsageReading {
  const bytes = payload ?? Buffer.alloc(0);
  if (!isStream) {
    const { usage, usageProblem, serviceTier } = readChatAnswer(bytes, traits);
    return { usage, problem: usageProblem, serviceTier };
  }
  const meter = new ChatStreamMeter({
    model: null,
    id: null,
    standIn: { id: 'gen', createdSeconds: 1 },
    includeUsage: false,
    choices: 1,
    quirks: traits,
  });
  meter.feed(bytes);
  meter.end();
  return { usage: meter.usage, problem: meter.usageProblem, serviceTier: meter.serviceTier };
}

describe('usage as providers tell it', () => {
  it.each(goldens().map((golden) => ({ of: `${golden.dialect}/${golden.name}`, golden })))(
    '$of gives the vector and the cost that were worked out by hand',
    ({ golden }) => {
      const { usage, problem, serviceTier, card, costNanoUsd } = golden;
      expect(readingOf(golden)).toEqual({ usage, problem, serviceTier });
      if (usage === null || card === null) return;
      expect(costOf(usage, card, { side: 'sell', at: 0, serviceTier }).totalNanoUsd).toBe(costNanoUsd);
    },
  );
});
