import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { catalogOf, wallEnvironment } from './catalog.js';
import { TestCluster } from './cluster.js';
import { auditDifferences, Customer } from './customer.js';
import { SETTLED_MS_MAX } from './exact-books.js';
import { flushAll } from './flush-redis.js';
import { eventually } from './instance.js';
import { statusesOf, SteadyLoad, type LoadAnswer } from './steady-load.js';
import { answering, Wall } from './wall.js';

/** Answers that stay open until the story lets them finish. */
const GATED = 'acme/gated-1';
const BALANCE_BOUND = 'acme/balance-1';
const CAP_BOUND = 'acme/cap-1';
/** An answer is as long as was asked for, so that a hold is charged whole: 100 output tokens of 1,000 nano-USD. */
const TOKENS = 100;
const CHARGE = 100_000n;
const AFFORDED = 120;
const PER_SECOND = 8;
/** The promise, with holds that live for 90 s and are renewed every 15 s. */
const ADMITS_AGAIN_MS_MAX = 20_000;

const messages = [{ role: 'user', content: 'hi' }];

/** Everything of these stories runs with the holds' life of production. */
describe('Redis forgets', () => {
  let wall: Wall;
  let cluster: TestCluster;

  beforeAll(async () => {
    wall = await Wall.start();
    const sold = (id: string, upstreamModel: string) => ({ id, endpoints: [{ baseUrl: wall.baseUrl, upstreamModel }] });
    cluster = await TestCluster.start({
      edges: 2,
      billing: 1,
      configuration: catalogOf([sold(GATED, 'gated'), sold(BALANCE_BOUND, 'balance'), sold(CAP_BOUND, 'cap')]),
      environment: wallEnvironment,
    });
  }, 120_000);

  afterAll(async () => {
    // First what cannot fail: an open server would keep the run from ending.
    await wall.stop();
    await cluster.stop();
  }, 60_000);

  function load(customer: Customer, model: string): SteadyLoad {
    return new SteadyLoad({
      perSecond: PER_SECOND,
      ask: async (index) =>
        customer
          .at(cluster.edges[index % 2]?.url ?? '')
          .chat({ model, stream: true, max_tokens: TOKENS, messages }, { signal: AbortSignal.timeout(30_000) }),
    });
  }

  it('its process dies: 503 and never 401, what runs finishes, and a restart with another run id is served again', async () => {
    const customer = await Customer.create(cluster, '1');
    const finish = Promise.withResolvers<void>();
    wall.script('gated', answering({ tokens: 7, beforeFinish: finish.promise }));
    const ask = async (asking = customer) => asking.chat({ model: GATED, stream: true, max_tokens: TOKENS, messages });
    const running = await Promise.all(Array.from({ length: 10 }, async () => ask()));
    expect(new Set(running.map(({ status }) => status))).toEqual(new Set([200]));
    // Keys that no edge has seen yet have to be looked up.
    const unseen = await Customer.create(cluster, '1');

    await cluster.redis.kill();
    for (const edge of cluster.edges) {
      for (const asking of [customer.at(edge.url), unseen.at(edge.url)]) {
        const refused = await ask(asking);
        expect(refused.status).toBe(503);
        expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
        expect(await refused.json()).toMatchObject({ error: { code: 'billing_unavailable' } });
        expect((await asking.get('/key')).status).toBe(503);
      }
    }
    finish.resolve();
    for (const response of running) expect(await response.text()).toContain('[DONE]');

    await cluster.redis.restart();
    const statuses = new Set<number>();
    await eventually(
      'both customers are served again',
      async () => {
        const asked = await Promise.all([ask(), ask(unseen)]);
        for (const response of asked) {
          await response.text();
          statuses.add(response.status);
        }
        return asked.every(({ status }) => status === 200) ? true : null;
      },
      SETTLED_MS_MAX,
    );
    expect([...statuses].toSorted((left, right) => left - right)).toEqual([200, 503]);
    for (const each of [customer, unseen]) {
      const credits = await each.settled(SETTLED_MS_MAX);
      const usage = await each.usage();
      expect(new Set(usage.map(({ outcome }) => outcome))).toEqual(new Set(['completed']));
      expect(credits.spent).toBe(7_000n * BigInt(usage.length));
      expect(credits.available).toBe(credits.credited - credits.spent);
    }
    expect(wall.callsOf('gated')).toHaveLength((await customer.usage()).length + (await unseen.usage()).length);
    expect(await auditDifferences(cluster)).toEqual([]);
  }, 150_000);

  it('FLUSHALL under load: no balance and no cap is overspent, and it admits again in less than 20 s', async () => {
    wall.script('balance', answering({ tokens: TOKENS, paceMs: 10 }));
    wall.script('cap', answering({ tokens: TOKENS, paceMs: 10 }));
    const afforded = `0.0${CHARGE * BigInt(AFFORDED)}`;
    const customers = [
      await Customer.create(cluster, afforded),
      await Customer.create(cluster, '1', ['--monthly-cap-usd', afforded]),
    ];
    const loads = customers.map((customer, index) => load(customer, index === 0 ? BALANCE_BOUND : CAP_BOUND));
    await Promise.all(loads.map(async (running) => running.more(5 * PER_SECOND)));

    const flushedAt = performance.now();
    await flushAll(cluster.redis.port);
    for (const running of loads) {
      await eventually('all is spent', async () => (hasRefusedFor(running.answers, 402) ? true : null), SETTLED_MS_MAX);
    }
    for (const [index, running] of loads.entries()) {
      const answers = await running.stop();
      expect(Object.keys(statusesOf(answers)).map((status) => status.slice(0, 3))).toEqual(
        expect.arrayContaining(['200', '402', '503']),
      );
      expect(answers.filter(({ status, code }) => status === 503 && code !== 'billing_unavailable')).toEqual([]);
      expect(answers.filter(({ status }) => ![200, 402, 503].includes(status))).toEqual([]);
      expect(admittedAgainAt(answers) - flushedAt).toBeLessThan(ADMITS_AGAIN_MS_MAX);
      const customer = customers[index];
      const credits = await customer?.settled(SETTLED_MS_MAX);
      // The upstream served as much as was afforded, no more, and that is what was charged.
      const served = wall.callsOf(index === 0 ? 'balance' : 'cap');
      expect(served.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(TOKENS * AFFORDED);
      expect(credits?.spent).toBe(CHARGE * BigInt(AFFORDED));
    }
    expect(await auditDifferences(cluster)).toEqual([]);
    expect(cluster.lost).toEqual([]);
  }, 150_000);
});

function hasRefusedFor(answers: readonly LoadAnswer[], status: number): boolean {
  return answers.some((answer) => answer.status === status);
}

/** When the first request was asked that was admitted after the gate had begun to refuse. */
function admittedAgainAt(answers: readonly LoadAnswer[]): number {
  const inOrder = answers.toSorted((left, right) => left.askedAt - right.askedAt);
  const refused = inOrder.findIndex(({ status }) => status === 503);
  return inOrder.slice(refused).find(({ status }) => status === 200)?.askedAt ?? Number.POSITIVE_INFINITY;
}
