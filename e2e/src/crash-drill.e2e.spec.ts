import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { proofDepth, proofSeed } from '@apilink/testing';
import * as fc from 'fast-check';

import { catalogOf, wallEnvironment } from './catalog.js';
import { TestCluster } from './cluster.js';
import { auditDifferences, Customer, type CreditsView } from './customer.js';
import { SETTLED_MS_MAX } from './exact-books.js';
import { flushAll } from './flush-redis.js';
import { eventually } from './instance.js';
import { SteadyLoad } from './steady-load.js';
import { answering, Wall } from './wall.js';

const TOKENS = 7;
/** Of 7 output tokens at 1,000 nano-USD. */
const CHARGE = 7_000n;
const PER_SECOND = 8;
const ANSWER_MS_MAX = 30_000;
/** Each fault once in CI; in a soak each of them so often, in another order every time. */
const ROUNDS = proofDepth({ ci: 1, soak: 40 });
const ROUND_MS_MAX = 360_000;

const faults = [
  'kafka dies',
  'redis dies',
  'redis forgets',
  'postgres dies',
  'billing dies',
  'kafka and redis die',
] as const;
type Fault = (typeof faults)[number];

/** No edge dies here, so every answer that the upstream finished has to be in the books: no more, no less. */
describe('stores and billing die under load', () => {
  let wall: Wall;
  let cluster: TestCluster;

  beforeAll(async () => {
    wall = await Wall.start();
    wall.script('steady', answering({ tokens: TOKENS, paceMs: 20 }));
    cluster = await TestCluster.start({
      edges: 2,
      billing: 2,
      configuration: catalogOf([
        { id: 'acme/steady', endpoints: [{ baseUrl: wall.baseUrl, upstreamModel: 'steady' }] },
      ]),
      environment: { ...wallEnvironment, HOLD_EXPIRY: '6s' },
    });
  }, 120_000);

  afterAll(async () => {
    await wall.stop();
    await cluster.stop();
  }, 60_000);

  it.each(ordersOf(ROUNDS))(
    'the ledger equals what the upstream has served, to the nano: $order',
    async ({ order }) => {
      const customer = await Customer.create(cluster, '1');
      const servedBefore = servedBy(wall);
      const running = load(customer);
      await running.more(PER_SECOND);
      for (const fault of order) {
        await befall(fault, running);
        await running.more(PER_SECOND);
      }
      const answers = await running.stop();
      const served = servedBy(wall) - servedBefore;
      expect(served).toBeGreaterThan(0);
      const { spent, credited, available } = await settledAt(customer, CHARGE * BigInt(served));
      expect({ seed: proofSeed, spent }).toEqual({ seed: proofSeed, spent: CHARGE * BigInt(served) });
      expect(available).toBe(credited - spent);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(served);
      const usage = await customer.usage();
      expect(usage.filter(({ state }) => state === 'open')).toEqual([]);
      expect(await auditDifferences(cluster)).toEqual([]);
    },
    ROUND_MS_MAX,
  );

  function load(customer: Customer): SteadyLoad {
    const messages = [{ role: 'user', content: 'hi' }];
    return new SteadyLoad({
      perSecond: PER_SECOND,
      ask: async (index) =>
        customer
          .at(cluster.edges[index % 2]?.url ?? '')
          .chat(
            { model: 'acme/steady', stream: index % 3 !== 0, max_tokens: 100, messages },
            { signal: AbortSignal.timeout(ANSWER_MS_MAX) },
          ),
    });
  }

  async function befall(fault: Fault, running: SteadyLoad): Promise<void> {
    const { kafka, redis, postgres, billing } = cluster;
    switch (fault) {
      case 'kafka dies':
        return dies([kafka], running);
      case 'redis dies':
        return dies([redis], running);
      case 'postgres dies':
        return dies([postgres], running);
      case 'kafka and redis die':
        return dies([kafka, redis], running);
      case 'redis forgets':
        return flushAll(redis.port);
      case 'billing dies': {
        const [first] = billing;
        await first?.kill();
        await running.more(PER_SECOND);
        return first?.start();
      }
      default:
        return fault satisfies never;
    }
  }

  async function dies(stores: readonly { kill(): Promise<void>; restart(): Promise<void> }[], running: SteadyLoad) {
    await Promise.all(stores.map(async (store) => store.kill()));
    await running.more(2 * PER_SECOND);
    for (const store of stores) await store.restart();
    await cluster.admitting();
  }
});

/**
 * Nothing is held, and so much was spent; the figures as they are when that does not come. A hold may have expired while
 * its final waited in a spool: then nothing is held before it is settled late.
 */
async function settledAt(customer: Customer, spent: bigint): Promise<CreditsView> {
  let last = await customer.settled(SETTLED_MS_MAX);
  await eventually(
    'all that was served is charged',
    async () => {
      last = await customer.settled(SETTLED_MS_MAX);
      return last.spent === spent || null;
    },
    SETTLED_MS_MAX,
  ).catch(() => undefined);
  return last;
}

function servedBy(wall: Wall): number {
  return wall.callsOf('steady').filter(({ finished }) => finished).length;
}

/** Every fault once in each order. */
function ordersOf(rounds: number): { readonly order: readonly Fault[] }[] {
  const order = fc.shuffledSubarray([...faults], { minLength: faults.length, maxLength: faults.length });
  return fc.sample(order, { numRuns: rounds, seed: proofSeed }).map((shuffled) => ({ order: shuffled }));
}
