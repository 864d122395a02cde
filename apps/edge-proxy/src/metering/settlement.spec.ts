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

describe('an answer that ends while the gate is quiet after a loss', () => {
  it('is charged what was metered, and at most the hold that the gate last confirmed, under the epoch of its answer', async () => {
    world = await EdgeWorld.open({
      wrapStore: (store) => ({
        admit: async (request) => store.admit(request),
        renew: async (request) => store.renew(request),
        read: async (...question) => store.read(...question),
        findKey: async (hash) => store.findKey(hash),
        isHoldOpen: async (...question) => store.isHoldOpen(...question),
        close: async () => store.close(),
        // Growth is refused for the interval after a loss: the hold stays as it was.
        resize: async (request) => {
          const reply = await store.resize({
            ...request,
            targetNanoUsd: request.targetNanoUsd < 2_000_000n ? request.targetNanoUsd : 2_000_000n,
          });
          return reply.outcome === 'resized' ? { ...reply, epoch: 2, quiet: true } : reply;
        },
      }),
    });
    world.alpha.play((call) => call.head().text('Hi').finish().usage(7, 5_000).done());
    expect((await (await world.chat({ max_tokens: 100 })).answer()).body).toContain('[DONE]');
    expect(await world.final()).toMatchObject({
      outcome: 'completed',
      epoch: 2,
      chargeNanoUsd: 2_000_000n,
      finalHoldNanoUsd: 2_000_000n,
    });
  });
});
