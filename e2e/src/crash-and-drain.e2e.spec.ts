import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { catalogOf, wallEnvironment } from './catalog.js';
import { auditDifferences, Customer, generationOf } from './customer.js';
import { eventually, Instance } from './instance.js';
import { answering, Wall } from './wall.js';

const MODEL = 'acme/echo-1';

describe('nothing is lost and nothing is charged twice when the process dies', () => {
  let wall: Wall;
  let instance: Instance;

  beforeEach(async () => {
    wall = await Wall.start();
    instance = await Instance.start({
      configuration: catalogOf([
        {
          id: MODEL,
          endpoints: [{ baseUrl: wall.baseUrl, upstreamModel: 'slow' }],
        },
        { id: 'acme/quick', endpoints: [{ baseUrl: wall.baseUrl, upstreamModel: 'quick' }] },
      ]),
      environment: { ...wallEnvironment, HOLD_EXPIRY: '6s', DRAIN_DEADLINE: '4s' },
    });
  }, 120_000);

  afterEach(async () => {
    await instance.dispose();
    await wall.stop();
  }, 60_000);

  async function openStreams(customer: Customer, count: number): Promise<Response[]> {
    wall.script('slow', answering({ tokens: 4000, paceMs: 100 }));
    return Promise.all(
      Array.from({ length: count }, async () =>
        customer.chat({ model: MODEL, stream: true, max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] }),
      ),
    );
  }

  it('kill -9 under 50 streams: their holds end by the reaper within two expiries and a second restart changes nothing', async () => {
    const customer = await Customer.create(instance, '1');
    wall.script('quick', answering({ tokens: 3 }));
    const settled = await customer.chat({
      model: 'acme/quick',
      max_tokens: 10,
      messages: [{ role: 'user', content: 'hi' }],
    });
    await settled.text();
    const streams = await openStreams(customer, 50);
    expect(streams.map((response) => response.status)).toEqual(Array.from({ length: 50 }, () => 200));
    const readers = streams.map(async (response) => response.text().catch(() => 'broken'));
    await instance.stop('SIGKILL');
    expect(new Set(await Promise.all(readers))).toEqual(new Set(['broken']));

    await instance.startAgain();
    const after = await customer.settled(2 * 6000 + 4000);
    expect(after).toEqual({ credited: 1_000_000_000n, spent: 3000n, held: 0n, available: 1_000_000_000n - 3000n });
    const usage = await customer.usage();
    expect(usage).toHaveLength(51);
    expect(usage.filter((row) => row.state === 'expired' && row.charge_nano_usd === '0')).toHaveLength(50);
    expect(await auditDifferences(instance)).toEqual([]);

    await instance.stop('SIGKILL');
    await instance.startAgain();
    expect(await customer.credits()).toEqual(after);
    expect(await customer.usage()).toEqual(usage);
    expect(await auditDifferences(instance)).toEqual([]);
  }, 180_000);

  it('SIGTERM under streams: what finishes in time is charged its actual, what we cut is gateway_abort, never a disconnect', async () => {
    const customer = await Customer.create(instance, '1');
    const finish = Promise.withResolvers<void>();
    wall.script('quick', answering({ tokens: 5, beforeFinish: finish.promise }));
    const finishing = await customer.chat({
      model: 'acme/quick',
      stream: true,
      max_tokens: 10,
      messages: [{ role: 'user', content: 'hi' }],
    });
    const [cut] = await openStreams(customer, 1);
    if (cut === undefined) throw new Error('no stream');
    const cutText = cut.text().catch(() => 'broken');
    const finishedText = finishing.text();
    await eventually('both run', async () => (wall.calls.length === 2 ? true : null));

    const ended = instance.stop('SIGTERM');
    finish.resolve();
    expect(await finishedText).toContain('[DONE]');
    expect(await cutText).not.toContain('[DONE]');
    expect((await ended).exitCode).toBe(0);

    await instance.startAgain();
    const finishedReceipt = await customer.receipt(generationOf(finishing), 10_000);
    expect(finishedReceipt).toMatchObject({ outcome: 'completed', charge_nano_usd: '5000' });
    const cutReceipt = await customer.receipt(generationOf(cut), 10_000);
    expect(cutReceipt).toMatchObject({ outcome: 'gateway_abort' });
    expect(BigInt(cutReceipt.charge_nano_usd)).toBeLessThan(100_000n);
    expect(await auditDifferences(instance)).toEqual([]);
  }, 180_000);
});
