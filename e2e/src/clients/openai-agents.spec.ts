import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ClientMachine } from './client-machine.js';
import { Told } from './driver.js';
import { saidHello } from './expected-words.js';

describe("OpenAI's Agents SDK", () => {
  let machine: ClientMachine;
  let told: Told;

  beforeAll(async () => {
    machine = await ClientMachine.open();
    told = await Told.by(machine, 'openai-agents.mjs');
  });

  afterAll(async () => {
    await machine.close();
    expect(machine.asked).toEqual([]);
  });

  describe.each(['responses', 'chat'])('over %s', (dialect) => {
    const of = (story: string): unknown => told.of(`${dialect} ${story}`);

    it('runs an agent, streamed or not', () => {
      expect(of('plain')).toEqual(saidHello);
      expect(of('stream')).toEqual({ text: saidHello, final: saidHello });
    });

    it('runs tools step by step', () => {
      expect(of('tools')).toEqual({ text: 'get_weather answered: 18 degrees in Rome', asked: ['Paris', 'Rome'] });
    });

    it('gets structured output', () => {
      expect(of('structured')).toEqual({ city: 'city' });
    });

    it('hands over to another agent', () => {
      expect(of('handoff')).toMatchObject({ agent: 'Other' });
    });
  });
});
