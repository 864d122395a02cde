import { describe, expect, it } from '@jest/globals';

import type { TurnEvent } from '../turn/turn-event.js';
import { GeminiStreamReader } from './gemini-stream-reader.js';
import { readGeminiAnswer } from './read-gemini-answer.js';

const traits = { reasoningExcluded: false, reasoningUntold: false, oneSearchPerPrompt: false };

interface Told {
  readonly events: readonly TurnEvent[];
  readonly reader: GeminiStreamReader;
}

function told(...documents: object[]): Told {
  const reader = new GeminiStreamReader(traits);
  const events = documents.flatMap((one) => reader.read({ name: null, data: JSON.stringify(one) }) ?? []);
  return { events, reader };
}

function chunk(parts: object[], more: object = {}, finishReason?: string): object {
  const end = finishReason === undefined ? {} : { finishReason };
  return { candidates: [{ content: { role: 'model', parts }, index: 0, ...end }], responseId: 'r1', ...more };
}

const usage = { usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 2, totalTokenCount: 6 } };
const kinds = ({ events }: Told): string[] =>
  events.map((event) => (event.kind === 'part_begun' ? event.is.type : event.kind));

const idsOf = ({ events }: Told): string[] =>
  events.flatMap((event) => (event.kind === 'part_begun' && event.is.type === 'tool_call' ? [event.is.callId] : []));

describe('GeminiStreamReader', () => {
  it('tells thoughts, text and calls as parts that begin and end once', () => {
    const answer = told(
      chunk([{ text: 'hm', thought: true }]),
      chunk([{ text: ' hm', thought: true, thoughtSignature: 'c2ln' }, { text: 'Hel' }]),
      chunk([{ text: 'lo' }], usage),
      chunk([{ functionCall: { name: 'look', args: { a: 1 } }, thoughtSignature: 'Y2FsbA' }], usage, 'STOP'),
    );
    expect(kinds(answer)).toEqual(
      'begun reasoning delta delta seal part_ended text delta delta part_ended tool_call delta seal part_ended finish'.split(
        ' ',
      ),
    );
    expect(answer.events.at(-1)).toMatchObject({ reason: 'tool_calls' });
    expect(answer.events).toContainEqual({
      kind: 'seal',
      choice: 0,
      part: 2,
      seal: { origin: 'google', value: 'Y2FsbA' },
    });
  });

  it('names calls that have no id, each differently and the same again for the same answer', () => {
    const twice = chunk([{ functionCall: { name: 'look' } }, { functionCall: { name: 'look' } }], {}, 'STOP');
    const ids = idsOf(told(twice));
    expect(new Set(ids).size).toBe(2);
    expect(idsOf(told(twice))).toEqual(ids);
    expect(idsOf(told({ ...twice, responseId: 'r2' }))).not.toEqual(ids);
    expect(idsOf(told(chunk([{ functionCall: { id: 'own', name: 'look' } }])))).toEqual(['own']);
  });

  it('tells no usage before the answer has ended: what was told of a part of it is too little', () => {
    const { reader } = told(chunk([{ text: 'Hel' }], usage));
    expect(reader.usage.usage).toBeNull();
    reader.read({ name: null, data: JSON.stringify(chunk([{ text: 'lo' }], usage, 'STOP')) });
    expect(reader.usage.usage).toMatchObject({ input: 4, output: 2 });
  });

  it.each([
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'content_filter'],
    ['PROHIBITED_CONTENT', 'content_filter'],
    ['MALFORMED_FUNCTION_CALL', 'error'],
    ['OTHER', 'other'],
    ['SOMETHING_NEW', 'other'],
  ])('ends %s as %s', (word, reason) => {
    expect(told(chunk([{ text: 'x' }], {}, word)).events.at(-1)).toMatchObject({ kind: 'finish', reason });
  });

  it('ends a refused prompt as filtered, with the tokens it cost', () => {
    const { events, reader } = told({ promptFeedback: { blockReason: 'SAFETY' }, ...usage, responseId: 'r1' });
    expect(events.at(-1)).toEqual({ kind: 'finish', choice: 0, reason: 'content_filter', stopSequence: null });
    expect(reader.usage.usage).toMatchObject({ input: 4 });
  });

  it("tells Google's error in a stream as a failure", () => {
    const error = { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' };
    expect(told(chunk([{ text: 'x' }]), { error }).events.at(-1)).toEqual({
      kind: 'failed',
      failure: { message: 'The model is overloaded.', type: 'UNAVAILABLE', code: '503' },
    });
  });

  it('tells sources, pictures and log probabilities', () => {
    const grounded = chunk([{ text: 'Sun' }], {}, 'STOP');
    const candidate = {
      content: { parts: [{ text: 'Sun' }, { inlineData: { mimeType: 'image/png', data: 'AAAA' } }] },
      logprobsResult: {
        chosenCandidates: [{ token: 'Sun', logProbability: -0.1 }],
        topCandidates: [{ candidates: [{ token: 'Sun', logProbability: -0.1 }] }],
      },
    };
    expect(told({ ...grounded, candidates: [candidate] }).events).toMatchObject([
      {},
      {},
      { kind: 'delta', text: 'Sun', logprobs: [{ token: 'Sun', logprob: -0.1, top: [{ token: 'Sun' }] }] },
      { kind: 'part_ended' },
      { is: { type: 'media', mediaType: 'image/png', data: 'AAAA' } },
      { kind: 'part_ended' },
    ]);
    const cited = {
      content: { parts: [{ text: 'Sun' }] },
      groundingMetadata: {
        groundingChunks: [{ web: { uri: 'https://a.example', title: 'A' } }],
        groundingSupports: [{ segment: { text: 'Sun' }, groundingChunkIndices: [0, 7] }],
      },
    };
    expect(told({ ...grounded, candidates: [cited] }).events).toContainEqual({
      kind: 'citation',
      choice: 0,
      part: 0,
      citation: { url: 'https://a.example', title: 'A', citedText: 'Sun', start: null, end: null },
    });
  });

  it.each([
    [{ candidates: 7 }],
    [{ candidates: [null, 7, { content: 3, index: -1 }, { index: 1e9, content: { parts: [[]] } }] }],
    [chunk([{ functionCall: { args: [] } }, { text: 3 }, { inlineData: {} }])],
  ])('reads nonsense like %j without a fault', (document) => {
    expect(() => told(document)).not.toThrow();
  });

  it('reads a whole answer as its stream', () => {
    const reading = readGeminiAnswer(
      { ...chunk([{ text: 'hm', thought: true }, { text: 'Hi' }], usage, 'STOP') },
      traits,
    );
    expect(reading).toMatchObject({
      answer: {
        id: 'r1',
        choices: [
          {
            reason: 'stop',
            parts: [
              { type: 'reasoning', summaries: ['hm'] },
              { type: 'text', text: 'Hi' },
            ],
          },
        ],
        usage: { usage: { input: 4, output: 2 } },
      },
    });
    expect(readGeminiAnswer({ hello: 1 }, traits)).toBeNull();
    expect(readGeminiAnswer({ error: { message: 'no' } }, traits)).toMatchObject({ failure: { message: 'no' } });
  });
});
