import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { catalogOf, wallEnvironment } from './catalog.js';
import { TestCluster } from './cluster.js';
import { auditDifferences, Customer } from './customer.js';
import { answering, Wall } from './wall.js';

const EARLY = 'acme/early-1';
const LATE = 'acme/late-1';
/** 100 output tokens of 1,000 nano-USD. */
const HOLD = 100_000n;
const CHARGE = 7_000n;
const ACCOUNTS = 4;
const STREAMS = 50;
const AFFORDED = 40;

const messages = [{ role: 'user', content: 'hi' }];

describe('two edges and three consumers of billing, 200 concurrent streams, a rebalance in the middle', () => {
  let wall: Wall;
  let cluster: TestCluster;

  beforeAll(async () => {
    wall = await Wall.start();
    cluster = await TestCluster.start({
      edges: 2,
      billing: 3,
      configuration: catalogOf([
        { id: EARLY, endpoints: [{ baseUrl: wall.baseUrl, upstreamModel: 'early' }] },
        { id: LATE, endpoints: [{ baseUrl: wall.baseUrl, upstreamModel: 'late' }] },
      ]),
      environment: wallEnvironment,
    });
  }, 120_000);

  afterAll(async () => {
    await cluster.stop();
    await wall.stop();
  }, 60_000);

  /** Half of the accounts are bound by their balance, half by the monthly cap of their key. */
  async function createCustomers(): Promise<Customer[]> {
    const afforded = `0.00${String(HOLD * BigInt(AFFORDED)).padStart(7, '0')}`;
    const customers: Customer[] = [];
    for (let account = 0; account < ACCOUNTS; account++) {
      const isCapped = account % 2 === 1;
      const options = isCapped ? ['--monthly-cap-usd', afforded] : [];
      customers.push(await Customer.create(cluster, isCapped ? '1' : afforded, options));
    }
    return customers;
  }

  it('settles every admitted request once, and holds balances and caps exactly across the edges', async () => {
    const customers = await createCustomers();
    const [early, late] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    wall.script('early', answering({ tokens: 7, beforeFinish: early.promise }));
    wall.script('late', answering({ tokens: 7, beforeFinish: late.promise }));

    const asked = await Promise.all(
      customers.flatMap((customer) =>
        Array.from({ length: STREAMS }, async (_, index) => {
          const edge = cluster.edges[index % 2];
          const model = index % 4 < 2 ? EARLY : LATE;
          const response = await customer.at(edge?.url ?? '').chat({ model, stream: true, max_tokens: 100, messages });
          return { customer, model, response };
        }),
      ),
    );
    const admitted = asked.filter(({ response }) => response.status === 200);
    const refused = asked.filter(({ response }) => response.status !== 200);
    for (const customer of customers) {
      expect(admitted.filter((request) => request.customer === customer)).toHaveLength(AFFORDED);
    }
    expect(new Set(refused.map(({ response }) => response.status))).toEqual(new Set([402]));
    await Promise.all(refused.map(async ({ response }) => response.text()));

    const texts = admitted.map(async ({ response }) => response.text());
    early.resolve();
    // The others take over what it had not settled, and give a part back when it returns.
    const [, , leaving] = cluster.billing;
    await leaving?.kill();
    late.resolve();
    await leaving?.start();
    for (const text of await Promise.all(texts)) expect(text).toContain('[DONE]');

    for (const customer of customers) {
      const credits = await customer.settled(30_000);
      expect(credits.spent).toBe(CHARGE * BigInt(AFFORDED));
      expect(credits.available).toBe(credits.credited - credits.spent);
      const usage = await customer.usage();
      expect(usage.map(({ charge_nano_usd }) => charge_nano_usd)).toEqual(
        Array.from({ length: AFFORDED }, () => String(CHARGE)),
      );
    }
    expect(wall.calls).toHaveLength(ACCOUNTS * AFFORDED);
    expect(await auditDifferences(cluster)).toEqual([]);
    expect(cluster.lost).toEqual([]);
  }, 180_000);
});
