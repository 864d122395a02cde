import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { catalogOf, wallEnvironment } from './catalog.js';
import { auditDifferences, Customer } from './customer.js';
import { Instance } from './instance.js';
import { answering, Wall } from './wall.js';

const MODEL = 'acme/echo-1';
/** 100 output tokens of 1,000 nano-USD. */
const HOLD = 100_000n;

describe('200 concurrent streams on a balance of exactly N holds', () => {
  let wall: Wall;
  let instance: Instance;

  beforeAll(async () => {
    wall = await Wall.start();
    instance = await Instance.start({
      configuration: catalogOf([{ id: MODEL, endpoints: [{ baseUrl: wall.baseUrl, upstreamModel: 'gated' }] }]),
      environment: wallEnvironment,
    });
  }, 120_000);

  afterAll(async () => {
    await instance.dispose();
    await wall.stop();
  }, 60_000);

  /** Every answer is held open until all 200 requests have been decided, so that no settlement frees a place. */
  async function race(
    customer: Customer,
  ): Promise<{ admitted: Response[]; refused: Response[]; finish: () => Promise<void> }> {
    const gate = Promise.withResolvers<void>();
    wall.script('gated', answering({ tokens: 7, beforeFinish: gate.promise }));
    const responses = await Promise.all(
      Array.from({ length: 200 }, async () =>
        customer.chat({ model: MODEL, stream: true, max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] }),
      ),
    );
    const admitted = responses.filter((response) => response.status === 200);
    return {
      admitted,
      refused: responses.filter((response) => response.status !== 200),
      finish: async () => {
        gate.resolve();
        await Promise.all(admitted.map(async (response) => response.text()));
      },
    };
  }

  it('admits exactly N and refuses the rest with 402, leaving the balance exact to the nano-dollar', async () => {
    const customer = await Customer.create(instance, '0.005');
    const { admitted, refused, finish } = await race(customer);
    expect(admitted).toHaveLength(50);
    expect(new Set(refused.map((response) => response.status))).toEqual(new Set([402]));
    expect((await customer.credits()).available).toBe(0n);
    await finish();
    const credits = await customer.settled();
    expect(credits).toEqual({ credited: 5_000_000n, spent: 50n * 7_000n, held: 0n, available: 5_000_000n - 350_000n });
    expect(wall.callsOf('gated')).toHaveLength(50);
    const usage = await customer.usage();
    expect(usage.filter((row) => row.charge_nano_usd === '7000')).toHaveLength(50);
    expect(await auditDifferences(instance)).toEqual([]);
  });

  it('admits one more, clamped, when a remainder covers the least that a request can cost', async () => {
    const customer = await Customer.create(instance, '0.00502');
    const { admitted, refused, finish } = await race(customer);
    expect(admitted).toHaveLength(51);
    expect(refused).toHaveLength(149);
    const clamped = admitted.filter((response) => response.headers.get('x-apilink-max-tokens-clamped') !== null);
    expect(clamped.map((response) => response.headers.get('x-apilink-max-tokens-clamped'))).toEqual(['20']);
    expect(wall.callsOf('gated').filter((call) => call.body.max_tokens === 20)).toHaveLength(1);
    await finish();
    expect((await customer.settled()).spent).toBe(51n * 7_000n);
    expect(await auditDifferences(instance)).toEqual([]);
  });

  it('holds a monthly cap of a key as exactly as the balance', async () => {
    const customer = await Customer.create(instance, '1', ['--monthly-cap-usd', '0.003']);
    const { admitted, refused, finish } = await race(customer);
    expect(admitted).toHaveLength(Number(3_000_000n / HOLD));
    expect(new Set(refused.map((response) => response.status))).toEqual(new Set([402]));
    expect(new Set(refused.map((response) => response.headers.get('x-apilink-key-cap-remaining-usd')))).toEqual(
      new Set(['0.000000000']),
    );
    await finish();
    expect((await customer.settled()).spent).toBe(30n * 7_000n);
    expect(await auditDifferences(instance)).toEqual([]);
  });
});
