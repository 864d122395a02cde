import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ClientMachine } from './client-machine.js';
import { Told } from './driver.js';
import { saidHello, WEATHER_TOLD } from './expected-words.js';

describe('@anthropic-ai/sdk', () => {
  let machine: ClientMachine;
  let told: Told;

  beforeAll(async () => {
    machine = await ClientMachine.open();
    told = await Told.by(machine, 'anthropic-node.mjs');
  });

  afterAll(async () => {
    await machine.close();
    expect(machine.asked).toEqual([]);
  });

  it('gets messages, streamed or not, with their usage', () => {
    const usage = expect.objectContaining({ input_tokens: expect.any(Number), output_tokens: expect.any(Number) });
    const content = [expect.objectContaining({ type: 'text', text: saidHello })];
    expect(told.of('message')).toEqual({ content, stop: 'end_turn', usage });
    expect(told.of('stream')).toEqual({ text: saidHello, final: content, stop: 'end_turn', usage });
  });

  it('runs tools, two at once, by the whole conversation where no threads are kept', () => {
    expect(told.of('tools')).toMatchObject({
      content: [{ type: 'text', text: WEATHER_TOLD }],
      asked: ['Paris', 'Rome'],
    });
  });

  it('parses structured output', () => {
    expect(told.of('structured')).toEqual({ city: 'city', people: 1 });
  });

  it('thinks, calls a tool, and goes on with its signed thinking', () => {
    expect(told.of('thinking')).toMatchObject({
      first: ['thinking', 'tool_use'],
      last: { type: 'text', text: 'get_weather answered: 18 degrees' },
    });
  });

  it('counts tokens', () => {
    expect(told.of('countTokens')).toMatchObject({ input_tokens: expect.any(Number) });
  });

  it('throws its own typed errors', () => {
    expect(told.of('errors')).toMatchObject({
      key: { class: 'AuthenticationError', status: 401, type: 'authentication_error' },
      model: { class: 'NotFoundError', status: 404, type: 'not_found_error' },
      value: { class: 'BadRequestError', status: 400, type: 'invalid_request_error' },
      balance: { status: 402, type: 'billing_error' },
      upstream: { class: 'ServiceUnavailableError', status: 503 },
    });
  });

  it('throws in the midst of a stream that breaks', () => {
    expect(told.of('brokenStream')).toMatchObject({
      text: expect.stringMatching(/^You said: Hello there/),
      error: { name: expect.stringMatching(/Error$/) },
    });
  });

  it('repeats what may be repeated and nothing else', () => {
    expect(told.of('retries')).toMatchObject({ failedRequests: 2, exhaustedRequests: 1 });
  });
});
