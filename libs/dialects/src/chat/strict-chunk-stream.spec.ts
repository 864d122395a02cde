import { describe, expect, it } from '@jest/globals';
import { emptyUsage } from '@apilink/pricing';

import type { AnswerStream } from '../call/answer-stream.js';
import { StrictChunkStream } from './strict-chunk-stream.js';

const closing = {
  usage: emptyUsage,
  cost: { totalNanoUsd: 0n, cachePremiumAbsorbedNanoUsd: 0n, promptNanoUsd: 0n, completionsNanoUsd: 0n },
};

function over(events: string): StrictChunkStream {
  const bytes = Buffer.from(events);
  const inner: AnswerStream = {
    phase: 'content',
    failure: null,
    problem: null,
    usage: null,
    usageProblem: null,
    finishReason: null,
    serviceTier: null,
    outputTokens: 0,
    isEmpty: false,
    feed: () => bytes,
    end: () => null,
    finish: () => bytes,
  };
  return new StrictChunkStream(inner);
}

describe('a chat stream for OpenRouter’s clients', () => {
  it.each([
    ['{"system_fingerprint":null,"choices":[],"usage":null}', '{"system_fingerprint":"","choices":[]}'],
    ['{"usage" : null , "id":"é"}', '{ "id":"é"}'],
    ['{"system_fingerprint": null}', '{"system_fingerprint":""}'],
    ['{"system_fingerprint":"fp","usage":{"cost":null}}', '{"system_fingerprint":"fp","usage":{"cost":null}}'],
  ])('says %s as %s', (event, told) => {
    expect(over(`data: ${event}\n\n`).feed(Buffer.alloc(0))?.toString()).toBe(`data: ${told}\n\n`);
    expect(over(`data: ${event}\n\n`).finish(closing).toString()).toBe(`data: ${told}\n\n`);
  });

  it('tells thinking under the name that they read, and leaves an upstream that tells both alone', () => {
    const events = [
      'data: {"choices":[{"delta":{"reasoning_content":"hm, é"}}]}\n\n',
      'data: {"choices":[{"delta":{"reasoning":"hm","reasoning_content":"hm"}}]}\n\n',
      'data: {"choices":[{"delta":{"content":"say \\"reasoning_content\\": x"}}]}\n\n',
    ];
    expect(over(events.join('')).feed(Buffer.alloc(0))?.toString()).toBe(
      ['data: {"choices":[{"delta":{"reasoning":"hm, é"}}]}\n\n', ...events.slice(1)].join(''),
    );
  });

  it('leaves what a model wrote as it is', () => {
    const content = JSON.stringify({ content: 'x,"usage":null and "system_fingerprint":null 你好' });
    expect(over(content).feed(Buffer.alloc(0))?.toString()).toBe(content);
  });
});
