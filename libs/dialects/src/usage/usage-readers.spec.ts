import { usageProblem } from '@apilink/pricing';
import { describe, expect, it } from '@jest/globals';
import { anything, array, assert, constantFrom, dictionary, double, integer, oneof, property } from 'fast-check';

import { chatUsage } from '../chat/chat-usage.js';
import { documentsIn, goldens } from './golden-files.js';
import { MessagesUsageReader } from './messages-usage.js';
import { usageReaderOf, type ReadDialect } from './usage-readers.js';

const traits = { reasoningExcluded: false, reasoningUntold: false, oneSearchPerPrompt: false };
const requested = { characters: 12, audioMilliseconds: null, searches: 1 };
const dialects: readonly ReadDialect[] = [
  'responses',
  'messages',
  'gemini',
  'embeddings',
  'images',
  'speech',
  'transcriptions',
  'rerank',
];

/** A payload of a provider with one leaf replaced by something that no provider may send. */
function spoiled(value: unknown, at: { left: number }, nonsense: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => spoiled(item, at, nonsense));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, spoiled(member, at, nonsense)]));
  }
  if (typeof value !== 'number') return value;
  at.left--;
  return at.left === -1 ? nonsense : value;
}

const nonsense = oneof(
  constantFrom(Number.NaN, Infinity, -1, -0.5, 0.5, 2 ** 53, 2 ** 60, '12', '', true, [], {}),
  integer({ max: -1 }),
  double(),
);

describe('usage readers', () => {
  it('never give a vector that cannot be true, whatever figure is spoiled', () => {
    const read = goldens().filter(({ dialect }) => dialects.some((known) => known === dialect));
    assert(
      property(constantFrom(...read), integer({ min: 0, max: 20 }), nonsense, (golden, place, value) => {
        const dialect = dialects.find((known) => known === golden.dialect) ?? 'responses';
        const reader = usageReaderOf(dialect, golden);
        const at = { left: place };
        for (const document of documentsIn(golden)) reader.note(spoiled(document, at, value));
        const { usage } = reader.reading;
        expect(usage === null ? null : usageProblem(usage)).toBeNull();
      }),
      { numRuns: 1000 },
    );
  });

  it.each(dialects)('of %s neither throw nor invent anything for any other JSON', (dialect) => {
    const keys = constantFrom('type', 'usage', 'message', 'response', 'object', 'data', 'meta', 'usageMetadata', 'x');
    const documents = array(oneof(anything(), dictionary(keys, anything())), { maxLength: 4 });
    assert(
      property(documents, (all) => {
        const reader = usageReaderOf(dialect, { traits, requested });
        for (const document of all) reader.note(document);
        const { usage } = reader.reading;
        expect(usage === null ? null : usageProblem(usage)).toBeNull();
      }),
    );
  });

  it('refuse counts whose sum leaves the exact range', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const reader = new MessagesUsageReader();
    reader.note({ type: 'message', usage: { input_tokens: most, cache_read_input_tokens: most, output_tokens: 1 } });
    expect(reader.reading).toMatchObject({ usage: null, problem: expect.stringContaining('input') });
    const beside = { prompt_tokens: 1, completion_tokens: 7, completion_tokens_details: { reasoning_tokens: most } };
    expect(chatUsage(beside, traits)).toMatchObject({ usage: null, problem: expect.stringContaining('output') });
  });

  it('tell the input of a message that was cut before its output was told', () => {
    const reader = new MessagesUsageReader();
    expect(reader.opening.usage).toBeNull();
    const usage = { input_tokens: 40, cache_read_input_tokens: 60, output_tokens: 1, service_tier: 'batch' };
    reader.note({ type: 'message_start', message: { usage } });
    expect(reader.reading).toEqual({ usage: null, problem: null, serviceTier: 'batch' });
    expect(reader.opening.usage).toMatchObject({ input: 100, cacheRead: 60 });
  });
});
