import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ClientMachine } from './client-machine.js';
import { Told } from './driver.js';
import { saidHello, WEATHER_TOLD } from './expected-words.js';

describe('openai-node', () => {
  let machine: ClientMachine;
  let told: Told;

  beforeAll(async () => {
    machine = await ClientMachine.open();
    told = await Told.by(machine, 'openai-node.mjs');
  });

  afterAll(async () => {
    await machine.close();
    expect(machine.asked).toEqual([]);
  });

  it('chats, streamed or not, with the same words and the exact cost', () => {
    const usage = { completion_tokens: expect.any(Number), cost_nano_usd: expect.stringMatching(/^[1-9]\d*$/) };
    const answer = { text: saidHello, finish: 'stop', usage: expect.objectContaining(usage) };
    expect(told.of('chat')).toEqual(answer);
    expect(told.of('stream')).toEqual(answer);
  });

  it('runs tools, two at once', () => {
    expect(told.of('tools')).toEqual({ text: WEATHER_TOLD, asked: ['Paris', 'Rome'] });
  });

  it('parses structured output', () => {
    expect(told.of('structured')).toEqual({ city: 'city', people: 1 });
    expect(told.of('responsesStructured')).toEqual({ city: 'city', people: 1 });
  });

  it('obeys the output limit for every choice', () => {
    expect(told.of('limit')).toEqual({ finishes: ['length', 'length'], tokens: 40 });
  });

  it('speaks Responses, streamed or not', () => {
    expect(told.of('responses')).toMatchObject({ text: saidHello, status: 'completed' });
    const streamed = told.of('responsesStream');
    expect(streamed).toMatchObject({ text: saidHello, final: saidHello, status: 'completed' });
  });

  it('goes on from a stored response with the result of a tool', () => {
    expect(told.of('responsesTools')).toEqual({
      call: { type: 'function_call', name: 'get_weather', arguments: '{"city":"Paris"}' },
      text: 'get_weather answered: 18 degrees',
    });
  });

  it('gets embeddings packed as base64, equal to the plain ones', () => {
    const { distance, ...given } = distanceOf(told.of('embeddings'));
    expect(given).toMatchObject({ count: 2, length: expect.any(Number) });
    expect(distance).toBeLessThan(1e-6);
  });

  it('lists the models', () => {
    expect(told.of('models')).toEqual(expect.arrayContaining(['demo/echo', 'demo/messages-only']));
  });

  it('throws its own typed errors', () => {
    expect(told.of('errors')).toMatchObject({
      key: { class: 'AuthenticationError', status: 401 },
      model: { class: 'NotFoundError', status: 404, code: 'model_not_found' },
      value: { class: 'BadRequestError', status: 400 },
      balance: { status: 402, code: 'insufficient_balance' },
      upstream: { class: 'InternalServerError', status: 503 },
    });
  });

  it('throws in the midst of a stream that breaks', () => {
    expect(told.of('brokenStream')).toMatchObject({
      text: expect.stringMatching(/^You said: Hello there/),
      error: { class: 'APIError' },
    });
  });

  it('repeats what may be repeated and nothing else', () => {
    expect(told.of('retries')).toEqual({ failed: 503, failedRequests: 2, exhaustedRequests: 1 });
  });
});

function distanceOf(value: unknown): { readonly distance: number } {
  if (typeof value !== 'object' || value === null || !('distance' in value) || typeof value.distance !== 'number')
    throw new Error(`no embeddings: ${JSON.stringify(value)}`);
  return { ...value, distance: value.distance };
}
