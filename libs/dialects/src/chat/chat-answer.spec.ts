import { describe, expect, it } from '@jest/globals';

import { editChatAnswer, readChatAnswer } from './chat-answer.js';
import { closing, costJson, usageJson } from './sample-stream.js';

const quirks = { reasoningExcluded: false, reasoningUntold: false };
const message = '{"role":"assistant","content":"Hello there, how are you?"}';
const choices = `"choices":[{"index":0,"message":${message},"logprobs":null,"finish_reason":"stop"}]`;
const answer = `{"id":"c1","model":"up-1",${choices},"usage":${usageJson},"system_fingerprint":null,"service_tier":"flex"}`;

function read(text: string): ReturnType<typeof readChatAnswer> {
  return readChatAnswer(Buffer.from(text), quirks);
}

/** As the edge does: what was read says whether the upstream's usage can stay. */
function edit(text: string, model: string | null): string {
  const keepsUsage = read(text).usage !== null;
  return editChatAnswer(Buffer.from(text), { model, keepsUsage, closing }).toString();
}

describe('readChatAnswer', () => {
  it('reads usage, reason, tier and our own count', () => {
    expect(read(answer)).toEqual({
      isChatAnswer: true,
      failure: null,
      usage: closing.usage,
      usageProblem: null,
      finishReason: 'stop',
      isEmpty: false,
      outputTokens: expect.any(Number),
      serviceTier: 'flex',
    });
    expect(read(answer).outputTokens).toBeGreaterThan(5);
    expect(read(answer).outputTokens).toBeLessThan(10);
  });

  it.each(['', '<html></html>', '[]', '{}', '{"choices":[]}', '{"choices":{}}', '{"object":"list","data":[]}'])(
    'does not take %j for an answer',
    (body) => {
      expect(read(body)).toMatchObject({ isChatAnswer: false, failure: null, isEmpty: true });
    },
  );

  it('finds an error that came with status 200', () => {
    expect(read('{"error":{"message":"no","type":"x","code":500}}')).toMatchObject({
      isChatAnswer: false,
      failure: { message: 'no', type: 'x', code: '500' },
    });
  });

  it('knows an empty completion', () => {
    const empty = answer.replace(message, '{"role":"assistant","content":""}').replace('"stop"', 'null');
    expect(read(empty.replace('"completion_tokens":5', '"completion_tokens":0')).isEmpty).toBe(true);
    expect(read(answer.replace('"stop"', '"error"')).isEmpty).toBe(true);
    expect(read(empty.replace('null', '"stop"')).isEmpty).toBe(false);
  });

  it('says why a usage cannot be true', () => {
    expect(read(answer.replace('"prompt_tokens":10', '"prompt_tokens":1e300'))).toMatchObject({
      usage: null,
      usageProblem: expect.stringContaining('prompt_tokens'),
    });
  });
});

describe('editChatAnswer', () => {
  it('changes the model and adds the cost; every other byte stays', () => {
    const edited = edit(answer, 'pub/x');
    expect(edited.replace('"pub/x"', '"up-1"').replace(/,"cost":.*?\}\}/, '}')).toBe(answer);
    expect(JSON.parse(edited)).toMatchObject({ model: 'pub/x', usage: { prompt_tokens: 10, ...costJson } });
  });

  it('adds what strict clients need and the upstream lacks', () => {
    const bare = `{ "choices" : [ {"index":0,"message":${message}}, {"index":1,"message":${message},"finish_reason":null} ] }`;
    const edited: unknown = JSON.parse(edit(bare, 'pub/x'));
    expect(edited).toMatchObject({
      model: 'pub/x',
      system_fingerprint: null,
      choices: [
        { index: 0, finish_reason: 'stop', logprobs: null },
        { index: 1, finish_reason: 'stop', logprobs: null },
      ],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, ...costJson },
    });
  });

  it('writes the metered usage over one that cannot be true, and over null', () => {
    for (const told of ['{"prompt_tokens":-1,"completion_tokens":5}', 'null']) {
      const edited: unknown = JSON.parse(edit(answer.replace(usageJson, told), null));
      expect(edited).toMatchObject({ model: 'up-1', usage: { prompt_tokens: 10, ...costJson } });
    }
  });

  it('keeps large numbers and does not touch the text of the answer', () => {
    const text = answer
      .replace('"id":"c1"', '"id":"c1","big":123456789012345678901,"one":1.0')
      .replace('Hello', '{\\"model\\":1}');
    const edited = edit(text, 'm');
    expect(edited).toContain('"big":123456789012345678901,"one":1.0');
    expect(edited).toContain('{\\"model\\":1}');
  });
});
