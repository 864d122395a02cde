import { createLogger } from '@apilink/service';
import { afterEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld, INPUT_NANO_USD, MODEL } from '../rig/edge-world.factory.contract.js';

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

describe('the premium of cache writes', () => {
  const perMillion = 1_000_000_000n;
  const sell = { input: 2n * perMillion, output: 4n * perMillion, cacheWrite5m: 2n * perMillion };

  it('that we take over stands in the answer, to the nano-dollar, and is not charged', async () => {
    world = await EdgeWorld.open({ sell, absorbed: { cacheWrite5m: perMillion / 2n } });
    const details = { prompt_tokens_details: { cache_write_tokens: 1_001 } };
    world.alpha.play((call) => call.head().text('Hi').finish().usage(1_001, 1, details).done());
    const answer = await (await world.chat()).answer();
    // 1,001 tokens at $2 per million and one at $4; of the list price of $2.50 the half dollar is ours.
    expect((await world.final()).chargeNanoUsd).toBe(2_006_000n);
    expect(answer.body).toContain('"cost_nano_usd":"2006000"');
    expect(answer.body).toContain('"cache_premium_absorbed":0.0005005');
    expect(answer.headers.has('x-apilink-cache-premium')).toBe(false);
  });

  it('of an hour is passed on where it was asked for and has a price, and the answer says so', async () => {
    const hour = { type: 'text', text: 'Hello', cache_control: { type: 'ephemeral', ttl: '1h' } };
    const messages = [{ role: 'user', content: [hour] }];
    world = await EdgeWorld.open({ sell: { ...sell, cacheWrite1h: 4n * perMillion } });
    for (const upstream of [world.alpha, world.beta]) {
      upstream.play((call) => call.head().text('Hi').finish().usage(7, 1).done());
    }
    expect((await (await world.chat({ messages })).answer()).headers.get('x-apilink-cache-premium')).toBe('passed');
    expect((await (await world.chat()).answer()).headers.has('x-apilink-cache-premium')).toBe(false);
  });
});

describe('what a model counts as input', () => {
  const text = 'Some words that are estimated at about this many tokens. '.repeat(40);

  it('beyond our estimate is learned from its answers: later holds are as much larger, and no more', async () => {
    world = await EdgeWorld.open();
    const estimate = async (): Promise<number> => {
      const body = { model: MODEL, messages: [{ role: 'user', content: text }] };
      const answer = await (await world.client()).post('/v1/quote', world.apiKey, body).answer();
      return JSON.parse(answer.body).estimated_input_tokens;
    };
    const before = await estimate();
    const actual = Math.ceil(before * 1.5);
    world.alpha.play((call) => call.head().text('Hi').finish().usage(actual, 1).done());
    for (let count = 0; count < 20; count++) {
      await (await world.chat({ messages: [{ role: 'user', content: text }] })).answer();
    }
    const after = await estimate();
    expect(after).toBeGreaterThan(before * 1.45);
    expect(after).toBeLessThanOrEqual(actual + 1);
  });

  it('for a picture follows its size, not the length of its data', async () => {
    world = await EdgeWorld.open({ capabilities: ['images'] });
    const png = Buffer.concat([
      Buffer.from('89504e470d0a1a0a0000000d4948445200000300000003000806000000', 'hex'),
      Buffer.alloc(99_999),
    ]);
    const url = `data:image/png;base64,${png.toString('base64')}`;
    const body = { model: MODEL, messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] };
    const answer = await (await world.client()).post('/v1/quote', world.apiKey, body).answer();
    const { estimated_input_tokens: tokens } = JSON.parse(answer.body);
    // 768 × 768 / 750, and a few words around it.
    expect(tokens).toBeGreaterThan(787);
    expect(tokens).toBeLessThan(840);
  });
});
