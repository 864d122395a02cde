import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ClientMachine } from './client-machine.js';
import { Told } from './driver.js';
import { saidHello } from './expected-words.js';

describe("Vercel's AI SDK", () => {
  let machine: ClientMachine;
  let told: Told;

  beforeAll(async () => {
    machine = await ClientMachine.open();
    told = await Told.by(machine, 'ai-sdk.mjs');
  });

  afterAll(async () => {
    await machine.close();
    expect(machine.asked).toEqual([]);
  });

  describe.each(['openai', 'compatible', 'anthropic'])('its provider %s', (provider) => {
    const of = (story: string): unknown => told.of(`${provider} ${story}`);

    it('generates and streams text with its usage', () => {
      const tokens = { outputTokens: expect.any(Number) };
      expect(of('text')).toMatchObject({ text: saidHello, finishReason: 'stop', ...tokens });
      expect(of('stream')).toMatchObject({ text: saidHello, finishReason: 'stop', ...tokens });
    });

    it('goes through two steps of tools', () => {
      expect(of('tools')).toEqual({
        text: 'get_weather answered: 18 degrees in Rome',
        asked: ['Paris', 'Rome'],
        steps: 3,
      });
    });

    it('gets structured output', () => {
      expect(of('structured')).toEqual({ city: 'city', people: 1 });
    });

    it('shows reasoning apart from the answer', () => {
      expect(of('reasoning')).toEqual({ reasoning: expect.stringMatching(/^You said: Hello there/), text: saidHello });
    });

    it('tells an error in the midst of a stream that breaks, and never a finish', () => {
      expect(of('broken')).toMatchObject({ text: expect.stringMatching(/^You said/), sawError: true });
      expect(of('broken')).not.toMatchObject({ finish: 'stop' });
    });

    it('throws what the status says', () => {
      expect(of('missing')).toMatchObject({ name: 'AI_APICallError', status: 404 });
    });
  });

  it('embeds', () => {
    expect(told.of('embeddings')).toMatchObject({ count: 2, length: expect.any(Number), tokens: expect.any(Number) });
  });

  it('does not repeat what an exhausted balance has refused', () => {
    expect(told.of('exhausted')).toMatchObject({ name: 'AI_APICallError', status: 402 });
  });
});
