import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ClientMachine } from './client-machine.js';
import { Told } from './driver.js';
import { saidHello } from './expected-words.js';

describe('anthropic-python', () => {
  let machine: ClientMachine;
  let told: Told;

  beforeAll(async () => {
    machine = await ClientMachine.open();
    told = await Told.by(machine, 'anthropic-python.py');
  });

  afterAll(async () => {
    await machine.close();
    expect(machine.asked).toEqual([]);
  });

  it('gets messages, streamed or not', () => {
    expect(told.of('message')).toMatchObject({
      text: saidHello,
      stop: 'end_turn',
      usage: { output_tokens: expect.any(Number) },
    });
    expect(told.of('stream')).toEqual({ text: saidHello, final: saidHello, stop: 'end_turn' });
  });

  it('calls tools, parses structured output and counts tokens', () => {
    expect(told.of('tools')).toEqual({ input: { city: 'Paris' }, text: 'get_weather answered: 18 degrees' });
    expect(told.of('structured')).toEqual({ city: 'city', people: 1 });
    expect(told.of('count_tokens')).toEqual(expect.any(Number));
  });

  it('raises its own typed errors, also in the midst of a stream that breaks', () => {
    expect(told.of('errors')).toMatchObject({
      key: { class: 'AuthenticationError', status: 401 },
      model: { class: 'NotFoundError', status: 404 },
      value: { class: 'BadRequestError', status: 400 },
      balance: { status: 402 },
    });
    expect(told.of('broken_stream')).toMatchObject({ class: expect.stringMatching(/Error$/) });
  });
});
