import { describe, expect, it } from '@jest/globals';

import type { Call, UpstreamDialect } from '../call/call.js';
import { recorded } from '../chat/sample-stream.js';
import { closing, face, traits } from '../proof/client-turns.js';
import { readCompletionsCall } from '../turn-readers.js';

function callOf(document: object): Call {
  const reading = reads(document);
  if ('problem' in reading) throw new Error(JSON.stringify(reading.problem));
  return reading.call;
}

function reads(document: object): ReturnType<typeof readCompletionsCall> {
  const body = Buffer.from(JSON.stringify(document));
  return readCompletionsCall({ body, headers: {}, path: '/v1/completions', random: () => 0.5 });
}

function target(dialect: UpstreamDialect): Parameters<Call['request']>[0] {
  return { dialect, model: 'up', maxTokens: null, maxOutputTokens: 100, traits };
}

const ask = { model: 'm', prompt: 'Say hello' };

describe('a legacy completion', () => {
  it('asks a chat upstream what the prompt says, and keeps every other parameter', () => {
    const { body } = callOf({ ...ask, temperature: 0.5, echo: false, best_of: 1, seed: 3 }).request(target('chat'));
    expect(JSON.parse(Buffer.concat(body).toString())).toEqual({
      model: 'up',
      temperature: 0.5,
      seed: 3,
      messages: [{ role: 'user', content: 'Say hello' }],
    });
  });

  it.each(['chat', 'messages'] as const)('streams text_completion objects from an upstream of %s', (dialect) => {
    const name = dialect === 'chat' ? 'chat-reasoning_content' : 'anthropic-thinking-text';
    const stream = callOf({ ...ask, stream: true }).openStream(target(dialect), face);
    const told = [stream.feed(recorded(name)), stream.end(), stream.finish(closing)];
    const events = Buffer.concat(told.filter((bytes) => bytes !== null))
      .toString()
      .split('\n\n');
    expect(JSON.parse(events[0]?.slice(6) ?? '')).toEqual({
      id: 'gen_1',
      object: 'text_completion',
      created: 9,
      model: 'maker/model',
      system_fingerprint: null,
      choices: [{ index: 0, text: expect.stringMatching(/./), logprobs: null, finish_reason: null }],
    });
    const [done, finish] = [events.at(-2), events.at(-3)];
    expect(done).toBe('data: [DONE]');
    expect(JSON.parse(finish?.slice(6) ?? '')).toMatchObject({
      choices: [{ text: '', finish_reason: 'stop' }],
      usage: { completion_tokens: 5, cost: 0.000001234 },
    });
  });

  it('answers whole with the text alone', () => {
    const choice = {
      index: 0,
      message: { role: 'assistant', content: 'hello', reasoning: 'hm' },
      finish_reason: 'stop',
    };
    const body = Buffer.from(JSON.stringify({ object: 'chat.completion', choices: [choice] }));
    const answer = callOf(ask).readAnswer(body, target('chat'), face);
    expect(JSON.parse(answer.write(closing, false).body.toString())).toMatchObject({
      object: 'text_completion',
      choices: [{ index: 0, text: 'hello', logprobs: null, finish_reason: 'stop' }],
      usage: { prompt_tokens: 20 },
    });
  });

  it.each([
    [{ prompt: ['a', 'b'] }, 'unsupported_parameter', 'prompt'],
    [{ prompt: [1, 2] }, 'unsupported_parameter', 'prompt'],
    [{ prompt: 7 }, 'invalid_parameter', 'prompt'],
    [{ prompt: null }, 'missing_parameter', 'prompt'],
    [{ suffix: 'x' }, 'unsupported_parameter', 'suffix'],
    [{ echo: true }, 'unsupported_parameter', 'echo'],
    [{ best_of: 3 }, 'unsupported_parameter', 'best_of'],
    [{ logprobs: 2 }, 'unsupported_parameter', 'logprobs'],
    [{ messages: [] }, 'unsupported_parameter', 'messages'],
    [{ model: '' }, 'invalid_parameter', 'model'],
  ])('refuses %j, which no chat model can do', (members, code, param) => {
    expect(reads({ ...ask, ...members })).toMatchObject({ problem: { code, param } });
  });
});
