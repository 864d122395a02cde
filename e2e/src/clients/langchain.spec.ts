import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ClientMachine } from './client-machine.js';
import { Told } from './driver.js';
import { saidHello } from './expected-words.js';

describe('LangChain', () => {
  let machine: ClientMachine;
  let told: Told;

  beforeAll(async () => {
    machine = await ClientMachine.open();
    told = await Told.by(machine, 'langchain.mjs');
  });

  afterAll(async () => {
    await machine.close();
    expect(machine.asked).toEqual([]);
  });

  describe.each(['chat', 'responses', 'messages'])('over %s', (dialect) => {
    const of = (story: string): unknown => told.of(`${dialect} ${story}`);

    it('invokes and streams', () => {
      expect(of('invoke')).toMatchObject({ text: saidHello, usage: { output_tokens: expect.any(Number) } });
      expect(of('stream')).toEqual(saidHello);
    });

    it('calls tools and goes on with their results', () => {
      const calls = [{ name: 'get_weather', args: { city: 'Paris' } }];
      expect(of('tools')).toEqual({ calls, isToolMessage: true, text: 'get_weather answered: 18 degrees in Paris' });
    });

    it('gets structured output', () => {
      expect(of('structured')).toEqual({ city: 'city' });
    });

    it('throws in the midst of a stream that breaks, and what the status says', () => {
      expect(of('broken')).toMatchObject({ name: expect.stringMatching(/Error/) });
      expect(of('missing')).toMatchObject({ status: 404 });
    });
  });

  it('embeds', () => {
    expect(told.of('embeddings')).toEqual({ lengths: [expect.any(Number), expect.any(Number)] });
  });
});
