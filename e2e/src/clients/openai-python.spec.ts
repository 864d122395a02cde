import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ClientMachine } from './client-machine.js';
import { Told } from './driver.js';
import { saidHello } from './expected-words.js';

describe('openai-python', () => {
  let machine: ClientMachine;
  let told: Told;

  beforeAll(async () => {
    machine = await ClientMachine.open();
    told = await Told.by(machine, 'openai-python.py');
  });

  afterAll(async () => {
    await machine.close();
    expect(machine.asked).toEqual([]);
  });

  it('chats, streamed or not', () => {
    expect(told.of('chat')).toMatchObject({ text: saidHello, usage: { completion_tokens: expect.any(Number) } });
    expect(told.of('stream')).toEqual({ text: saidHello, finish: 'stop' });
  });

  it('calls tools and parses structured output', () => {
    expect(told.of('tools')).toEqual({ arguments: { city: 'Paris' }, text: 'get_weather answered: 18 degrees' });
    expect(told.of('structured')).toEqual({ city: 'city', people: 1 });
  });

  it('speaks Responses, streamed, stored and continued', () => {
    expect(told.of('responses')).toEqual({ text: saidHello, status: 'completed' });
    expect(told.of('responses_stream')).toEqual({ text: saidHello, final: saidHello });
    expect(told.of('responses_continued')).toEqual({ name: 'get_weather', text: 'get_weather answered: 18 degrees' });
  });

  it('embeds', () => {
    expect(told.of('embeddings')).toMatchObject({ count: 2, length: expect.any(Number) });
  });

  it('raises its own typed errors, also in the midst of a stream that breaks', () => {
    expect(told.of('errors')).toMatchObject({
      key: { class: 'AuthenticationError', status: 401 },
      model: { class: 'NotFoundError', status: 404 },
      value: { class: 'BadRequestError', status: 400 },
      balance: { status: 402 },
      upstream: { class: 'InternalServerError', status: 503 },
    });
    expect(told.of('broken_stream')).toMatchObject({ error: { class: 'APIError' } });
  });
});
