import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ClientMachine } from './client-machine.js';
import { Told } from './driver.js';
import { saidHello } from './expected-words.js';

describe("OpenRouter's clients", () => {
  let machine: ClientMachine;

  beforeAll(async () => {
    machine = await ClientMachine.open();
  });

  afterAll(async () => {
    await machine.close();
    expect(machine.asked).toEqual([]);
  });

  describe('@openrouter/sdk', () => {
    let told: Told;

    beforeAll(async () => {
      told = await Told.by(machine, 'openrouter-sdk.mjs');
    });

    it('chats, streamed or not, with the cost', () => {
      const usage = expect.objectContaining({ cost: expect.any(Number) });
      expect(told.of('chat')).toEqual({ text: saidHello, usage });
      expect(told.of('stream')).toEqual({ text: saidHello, usage });
    });

    it('calls tools and gets structured output', () => {
      expect(told.of('tools')).toMatchObject([{ function: { name: 'get_weather', arguments: '{"city":"Paris"}' } }]);
      expect(told.of('structured')).toEqual({ city: 'city' });
    });

    it('is told that a stream has broken', () => {
      expect(told.of('brokenStream')).toMatchObject({
        text: expect.stringMatching(/^You said/),
        error: { message: expect.any(String) },
      });
    });

    it('reads models and credits', () => {
      expect(told.of('models')).toBeGreaterThan(10);
      expect(told.of('credits')).toMatchObject({ totalCredits: 100 });
    });

    it('throws its own typed errors', () => {
      expect(told.of('errors')).toMatchObject({ model: { status: 404 }, balance: { status: 402 } });
    });
  });

  describe('@openrouter/ai-sdk-provider', () => {
    let told: Told;

    beforeAll(async () => {
      told = await Told.by(machine, 'openrouter-ai-provider.mjs');
    });

    it('generates and streams text with the cost', () => {
      expect(told.of('text')).toMatchObject({ text: saidHello, cost: expect.any(Number) });
      expect(told.of('stream')).toEqual({ text: saidHello, finishReason: 'stop' });
    });

    it('runs tools, gets structured output and reasoning', () => {
      expect(told.of('tools')).toEqual({ text: 'get_weather answered: 18 degrees in Paris', asked: ['Paris'] });
      expect(told.of('structured')).toEqual({ city: 'city' });
      expect(told.of('reasoning')).toEqual({ reasoning: expect.stringMatching(/^You said/), text: saidHello });
    });

    it('throws what the status says', () => {
      expect(told.of('missing')).toMatchObject({ status: 404 });
    });
  });
});
