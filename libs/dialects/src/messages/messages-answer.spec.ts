import { describe, expect, it } from '@jest/globals';

import { messagesClient } from './messages-dialect.js';
import { callOf, closing, face, target } from './sample-messages.js';

describe('a whole answer', () => {
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'up',
    content: [
      { type: 'thinking', thinking: 'hm', signature: 'EqQB' },
      { type: 'text', text: 'Hi' },
      { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } },
    ],
    stop_reason: 'tool_use',
    stop_sequence: null,
    usage: { input_tokens: 25, output_tokens: 15 },
  };
  const whole = { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] };

  it('passes to a client of Messages but for the model and the usage', () => {
    const body = JSON.stringify({ ...message, big: 0 }).replace('"big":0', '"big":12345678901234567890.10');
    const answer = callOf(whole).readAnswer(Buffer.from(body), target('messages'), face);
    expect(answer).toMatchObject({
      isAnswer: true,
      finishReason: 'tool_use',
      isEmpty: false,
      usage: { input: 25, output: 15 },
    });
    const written = answer.write(closing, true).body.toString();
    const cost = /,"cost":.*?\}/.exec(written)?.[0] ?? '';
    expect(written.replace(cost, '').replace(face.model, 'up')).toBe(body);
  });

  it('says the same after a round through the neutral model', () => {
    const answer = callOf(whole).readAnswer(Buffer.from(JSON.stringify(message)), target('converse'), face);
    const told: unknown = JSON.parse(answer.write(closing, true).body.toString());
    const { usage: _usage, ...rest } = message;
    expect(told).toMatchObject({
      ...rest,
      model: 'anthropic/claude-x',
      usage: { input_tokens: 25, cost_nano_usd: '1234' },
    });
  });

  it('comes from a model that speaks chat', () => {
    const completion = {
      id: 'c',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [
        { index: 0, message: { role: 'assistant', content: 'Hi', reasoning_content: 'hm' }, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 },
    };
    const answer = callOf(whole).readAnswer(Buffer.from(JSON.stringify(completion)), target('chat'), face);
    expect(JSON.parse(answer.write(closing, true).body.toString())).toMatchObject({
      type: 'message',
      content: [
        { type: 'thinking', thinking: 'hm', signature: expect.any(String) },
        { type: 'text', text: 'Hi' },
      ],
      stop_reason: 'end_turn',
      usage: { output_tokens: 15 },
    });
  });

  it.each([
    ['an error body', '{"type":"error","error":{"type":"overloaded_error","message":"x"}}', 'overloaded_error'],
    ['HTML', '<html>', undefined],
    ['another object', '{"object":"chat.completion"}', undefined],
  ])('is told apart from %s', (_what, body, type) => {
    for (const dialect of ['messages', 'converse'] as const) {
      const answer = callOf(whole).readAnswer(Buffer.from(body), target(dialect), face);
      expect([answer.isAnswer, answer.failure?.type]).toEqual([false, type]);
    }
  });

  it('is empty and ended by the limit when the hold ran out', () => {
    const { body } = messagesClient.exhausted(closing, face, callOf(whole).facts);
    expect(JSON.parse(body.toString())).toMatchObject({
      content: [],
      stop_reason: 'max_tokens',
      usage: { output_tokens: 15 },
    });
  });
});
