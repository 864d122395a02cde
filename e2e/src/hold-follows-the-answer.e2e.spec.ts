import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { catalogOf, wallEnvironment } from './catalog.js';
import { auditDifferences, Customer, generationOf } from './customer.js';
import { eventually, Instance } from './instance.js';
import { answering, Wall } from './wall.js';

const MODEL = 'acme/echo-1';
const messages = [{ role: 'user', content: 'hi' }];

describe('a hold covers what an answer may cost, and no more', () => {
  let wall: Wall;
  let instance: Instance;

  beforeAll(async () => {
    wall = await Wall.start();
    instance = await Instance.start({
      configuration: catalogOf([{ id: MODEL, endpoints: [{ baseUrl: wall.baseUrl, upstreamModel: 'long' }] }]),
      environment: wallEnvironment,
    });
  }, 120_000);

  afterEach(async () => {
    expect(await auditDifferences(instance)).toEqual([]);
  });

  afterAll(async () => {
    await instance.dispose();
    await wall.stop();
  }, 60_000);

  it('holds one step of 4,096 tokens, however much was asked, and grows with the answer', async () => {
    const customer = await Customer.create(instance, '1');
    wall.script('long', answering({ tokens: 9000 }));
    const response = await customer.chat({ model: MODEL, stream: true, max_tokens: 30_000, messages });
    expect(response.headers.get('x-apilink-hold-usd')).toBe('0.004096000');
    expect(await response.text()).toContain('[DONE]');
    const receipt = await customer.receipt(generationOf(response));
    expect(receipt).toMatchObject({ outcome: 'completed', charge_nano_usd: '9000000' });
    expect(BigInt(receipt.hold_nano_usd)).toBeGreaterThanOrEqual(9_000_000n);
  });

  it('ends an answer whose hold cannot grow with finish_reason length, and charges no more than there is', async () => {
    const customer = await Customer.create(instance, '0.009');
    const finish = Promise.withResolvers<void>();
    wall.script('long', answering({ tokens: 9000, paceMs: 2 }));
    const response = await customer.chat({ model: MODEL, stream: true, max_tokens: 30_000, messages });
    expect(response.headers.get('x-apilink-max-tokens-clamped')).toBe('9000');
    // Another request takes what the first one was going to grow into.
    wall.script('long', answering({ tokens: 1, beforeFinish: finish.promise }));
    const rival = await customer.chat({ model: MODEL, stream: true, max_tokens: 4096, messages });
    expect(rival.headers.get('x-apilink-hold-usd')).toBe('0.004096000');

    const text = await response.text();
    expect(text).toContain('"finish_reason":"length"');
    expect(text).toContain('[DONE]');
    await eventually(
      'the upstream was stopped',
      async () => wall.callsOf('long')[wall.calls.length - 2]?.cancelledAt ?? null,
    );
    const receipt = await customer.receipt(generationOf(response));
    expect(receipt.outcome).toBe('hold_exhausted');
    expect(BigInt(receipt.charge_nano_usd)).toBeGreaterThan(0n);
    expect(BigInt(receipt.charge_nano_usd)).toBeLessThanOrEqual(9_000_000n - 4_096_000n);
    finish.resolve();
    await rival.text();
    expect((await customer.settled()).available).toBeGreaterThanOrEqual(0n);
  });

  it('clamps the output limit to what the balance affords and says so', async () => {
    const customer = await Customer.create(instance, '0.0005');
    wall.script('long', answering({ tokens: 9000 }));
    const response = await customer.chat({ model: MODEL, max_tokens: 3000, messages });
    expect(response.headers.get('x-apilink-max-tokens-clamped')).toBe('500');
    expect(wall.callsOf('long').at(-1)?.body.max_tokens).toBe(500);
    await response.text();
    expect(await customer.receipt(generationOf(response))).toMatchObject({
      outcome: 'completed',
      charge_nano_usd: '500000',
    });
  });

  it('clamps an output limit of 10^12 to what the model can do', async () => {
    const customer = await Customer.create(instance, '1');
    wall.script('long', answering({ tokens: 5 }));
    const response = await customer.chat({ model: MODEL, max_tokens: 1_000_000_000_000, messages });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-apilink-max-tokens-clamped')).toBe('32000');
    await response.text();
  });
});
