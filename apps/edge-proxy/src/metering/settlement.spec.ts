import { createLogger } from '@apilink/service';
import { afterEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld, INPUT_NANO_USD } from '../rig/edge-world.factory.contract.js';

let world: EdgeWorld;

afterEach(async () => world.close());

describe('usage that the price list has no rate for', () => {
  it('is counted every time and said once for a model: nothing is given away in silence', async () => {
    const lines: string[] = [];
    const logger = createLogger({
      name: 'edge-proxy',
      destination: { write: (line: string) => void lines.push(line) },
    });
    world = await EdgeWorld.open({ sell: { input: INPUT_NANO_USD * 1_000_000n }, logger });
    world.alpha.play((call) => call.head().text('Hi').finish().usage(7, 1).done());
    for (let count = 1; count <= 2; count++) {
      expect((await (await world.chat()).answer()).status).toBe(200);
      expect((await world.final(count)).chargeNanoUsd).toBe(7n * INPUT_NANO_USD);
    }
    expect(await world.application.metrics()).toMatch(/^apilink_unpriced_usage_total\{dimension="output",[^}]*\} 2$/m);
    expect(lines.filter((line) => line.includes('has no rate'))).toHaveLength(1);
  });
});

describe('the log', () => {
  it('has one line of a request at most, whatever became of it', async () => {
    const lines: string[] = [];
    const logger = createLogger({
      name: 'edge-proxy',
      destination: { write: (line: string) => void lines.push(line) },
    });
    world = await EdgeWorld.open({ logger });
    for (const upstream of [world.alpha, world.beta]) upstream.play((call) => call.answer(503, 'away'));
    const answers = [
      await (await world.chat()).answer(),
      await (await world.chat({ model: 'nobody/knows' })).answer(),
      await world.get('/v1/nothing'),
    ];
    await world.final();
    for (const answer of answers) {
      const id = answer.headers.get('x-request-id') ?? 'none';
      expect(lines.filter((line) => line.includes(id)).length).toBeLessThanOrEqual(1);
    }
  });
});
