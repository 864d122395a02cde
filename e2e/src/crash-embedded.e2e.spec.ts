import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { catalogOf, wallEnvironment } from './catalog.js';
import { crashPoints, lastWordsOf } from './crash-points.js';
import { auditDifferences, Customer } from './customer.js';
import { SETTLED_MS_MAX } from './exact-books.js';
import { eventually, Instance } from './instance.js';
import { answering, Wall } from './wall.js';

const TOKENS = 7;
/** Of 7 output tokens at 1,000 nano-USD. */
const CHARGE = 7_000n;
const AT_ONCE = 4;
const CRASH_MS_MAX = 40_000;

/**
 * Whether what ended there is charged: nothing is before its usage event was in the log. Null where it depends on which
 * event the one process, its edge included, came there with.
 */
const points = [
  ...crashPoints.edge.map((point) => ({ point, isCharged: point === 'usage.published' })),
  ...[...crashPoints.consumer, ...crashPoints.relay].map((point) => ({ point, isCharged: null })),
];

/** One data folder for all of them: each start finds what the crash before has left. */
describe('kill -9 at every point of the one process, and no cent is off and no hold stays', () => {
  let wall: Wall;
  let instance: Instance;

  beforeAll(async () => {
    wall = await Wall.start();
    for (const { point } of points) wall.script(modelOf(point), answering({ tokens: TOKENS, paceMs: 10 }));
    instance = await Instance.start({
      configuration: catalogOf(
        points.map(({ point }) => ({
          id: `acme/${modelOf(point)}`,
          endpoints: [{ baseUrl: wall.baseUrl, upstreamModel: modelOf(point) }],
        })),
      ),
      environment: { ...wallEnvironment, HOLD_EXPIRY: '6s' },
    });
  }, 120_000);

  afterAll(async () => {
    await wall.stop();
    await instance.dispose();
  }, 60_000);

  it('charges once what was told to the log, and the rest not at all', async () => {
    const customer = await Customer.create(instance, '1');
    for (const { point } of points) {
      await instance.stop();
      const asked = await crashAt(point, customer);
      expect({ point, died: instance.printed.includes(lastWordsOf(point)) }).toEqual({ point, died: true });
      await instance.startAgain({ APILINK_FAILPOINTS: '' });
      await asked;
    }
    const { spent, credited, available } = await customer.settled(SETTLED_MS_MAX);
    expect(available).toBe(credited - spent);
    const usage = await customer.usage();
    expect(usage.filter(({ state }) => state === 'open')).toEqual([]);
    expect(spent).toBe(usage.reduce((sum, { charge_nano_usd: charge }) => sum + BigInt(charge), 0n));
    for (const { point, isCharged } of points) {
      const rows = usage.filter((row) => row['model'] === `acme/${modelOf(point)}`);
      const charged = rows.map((row) => BigInt(row.charge_nano_usd)).filter((charge) => charge > 0n);
      expect({ point, isCharged: isCharged ?? charged.length > 0 }).toEqual({ point, isCharged: charged.length > 0 });
      expect(charged.filter((charge) => charge !== CHARGE)).toEqual([]);
      const finished = wall.callsOf(modelOf(point)).filter((call) => call.finished);
      expect(charged.length).toBeLessThanOrEqual(finished.length);
    }
    expect(await auditDifferences(instance)).toEqual([]);
  }, 240_000);

  /** A start may end there by what an earlier crash has left; else requests bring it there. */
  async function crashAt(point: string, customer: Customer): Promise<Promise<unknown>> {
    try {
      await instance.startAgain({ APILINK_FAILPOINTS: point });
    } catch (error) {
      if (instance.isRunning) throw error;
    }
    const asked = askAtOnce(customer, `acme/${modelOf(point)}`);
    await eventually(`it ends at ${point}`, async () => (instance.isRunning ? null : true), CRASH_MS_MAX);
    return asked;
  }
});

function modelOf(point: string): string {
  return point.replace('.', '-');
}

/** Resolves when each has ended, broken off or not. */
async function askAtOnce(customer: Customer, model: string): Promise<void> {
  const asked = Array.from({ length: AT_ONCE }, async () => {
    const messages = [{ role: 'user', content: 'hi' }];
    const response = await customer.chat({ model, stream: true, max_tokens: 100, messages });
    await response.text();
  });
  await Promise.allSettled(asked);
}
