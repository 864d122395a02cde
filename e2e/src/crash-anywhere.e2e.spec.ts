import type { ClusterService } from '@apilink/local-stack';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { catalogOf, wallEnvironment } from './catalog.js';
import { TestCluster } from './cluster.js';
import { crashPoints, endsAt } from './crash-points.js';
import { auditDifferences, Customer } from './customer.js';
import { expectExactBooks, SETTLED_MS_MAX } from './exact-books.js';
import { eventually } from './instance.js';
import { statusesOf, SteadyLoad } from './steady-load.js';
import { answering, Wall } from './wall.js';

const TOKENS = 7;
/** Of 7 output tokens at 1,000 nano-USD. */
const CHARGE = 7_000n;
const PER_SECOND = 8;
/** No client waits longer for a whole answer, whatever has died. */
const ANSWER_MS_MAX = 10_000;
const CRASH_MS_MAX = 40_000;
const AT_ONCE = 4;

/** Reached by every change of the ledger: by settlements and by grants. */
const outboxPoints: readonly string[] = [...crashPoints.gateWriter, ...crashPoints.relay];
/** In the order of a request, with what of it is charged: nothing before its usage event had a place that survives. */
const edgePoints = [
  ...crashPoints.edge.map((point) => ({ point, isCharged: point === 'usage.published' })),
  ...crashPoints.spool.map((point) => ({ point, isCharged: true })),
];

const messages = [{ role: 'user', content: 'hi' }];

/** One cluster for all of them: each crash finds what the one before has left. */
describe('kill -9 anywhere, and no cent is off and no hold stays', () => {
  let wall: Wall;
  let cluster: TestCluster;

  beforeAll(async () => {
    wall = await Wall.start();
    const models = ['steady', ...edgePoints.map(({ point }) => point.replace('.', '-'))];
    for (const model of models) wall.script(model, answering({ tokens: TOKENS, paceMs: 10 }));
    cluster = await TestCluster.start({
      edges: 1,
      billing: 1,
      configuration: catalogOf(
        models.map((model) => ({
          id: `acme/${model}`,
          endpoints: [{ baseUrl: wall.baseUrl, upstreamModel: model }],
        })),
      ),
      environment: { ...wallEnvironment, HOLD_EXPIRY: '6s' },
    });
  }, 120_000);

  afterAll(async () => {
    // First what cannot fail: an open server would keep the run from ending.
    await wall.stop();
    await cluster.stop();
  }, 60_000);

  it('Postgres: running accounts go on, and settlement catches up', async () => {
    const customer = await Customer.create(cluster, '1');
    const running = load(customer);
    await running.more(PER_SECOND);
    await cluster.postgres.kill();
    await running.more(4 * PER_SECOND);
    await cluster.postgres.restart();
    await running.more(PER_SECOND);
    const answers = await running.stop();
    expect(statusesOf(answers)).toEqual({ '200': answers.length });
    await expectExactBooks(cluster, customer, { answers, chargeNanoUsd: CHARGE });
  }, 150_000);

  it('billing, its gate writer and its relay, at every failpoint: no client sees it', async () => {
    const customer = await Customer.create(cluster, '1');
    const [billing] = cluster.billing;
    if (billing === undefined) throw new Error('no billing');
    const granted = { told: 0n, tried: 0n };
    const grant = async (): Promise<void> => {
      granted.tried += 1_000_000_000n;
      const words = ['--account', customer.accountId, '--usd', '1', '--reason', 'e2e'];
      const { exitCode } = await cluster.apilink('credit', 'grant', ...words);
      if (exitCode === 0) granted.told += 1_000_000_000n;
    };
    const running = load(customer);
    // From here on the gate knows the account, and the edge its key.
    await running.more(1);
    await billing.stop();
    for (const point of [...outboxPoints, ...crashPoints.consumer]) {
      const endedBefore = await arm(billing, point);
      await eventually(
        `billing ends at ${point}`,
        async () => {
          if (billing.isRunning && outboxPoints.includes(point)) await grant();
          return billing.isRunning ? null : true;
        },
        CRASH_MS_MAX,
      );
      expect({ point, ends: endsAt(point, billing.logFile) }).toEqual({ point, ends: endedBefore + 1 });
    }
    await billing.start({ APILINK_FAILPOINTS: undefined });
    const answers = await running.stop();
    expect(statusesOf(answers)).toEqual({ '200': answers.length });
    const { credited } = await expectExactBooks(cluster, customer, { answers, chargeNanoUsd: CHARGE });
    expect(credited).toBeGreaterThanOrEqual(1_000_000_000n + granted.told);
    expect(credited).toBeLessThanOrEqual(1_000_000_000n + granted.tried);
  }, 240_000);

  it('the edge, at every failpoint: what was told to Kafka or to the disk is charged once, the rest not at all', async () => {
    const customer = await Customer.create(cluster, '1');
    const [edge] = cluster.edges;
    if (edge === undefined) throw new Error('no edge');
    await edge.stop();
    for (const { point } of edgePoints) {
      if (point === 'spool.written') await cluster.kafka.kill();
      const endedBefore = await arm(edge, point);
      const asked = askAtOnce(customer, `acme/${point.replace('.', '-')}`);
      await eventually(`the edge ends at ${point}`, async () => (edge.isRunning ? null : true), CRASH_MS_MAX);
      expect({ point, ends: endsAt(point, edge.logFile) }).toEqual({ point, ends: endedBefore + 1 });
      await asked;
    }
    await edge.start({ APILINK_FAILPOINTS: undefined });
    await cluster.kafka.restart();

    const { spent } = await customer.settled(SETTLED_MS_MAX);
    const usage = await customer.usage();
    expect(usage.filter(({ state }) => state === 'open')).toEqual([]);
    expect(spent).toBe(usage.reduce((sum, { charge_nano_usd: charge }) => sum + BigInt(charge), 0n));
    for (const { point, isCharged } of edgePoints) {
      const model = point.replace('.', '-');
      const charges = usage.filter((row) => row['model'] === `acme/${model}`).map((row) => BigInt(row.charge_nano_usd));
      const charged = charges.filter((charge) => charge > 0n);
      expect({ point, isCharged: charged.length > 0 }).toEqual({ point, isCharged });
      expect(charged.filter((charge) => charge !== CHARGE)).toEqual([]);
      expect(charged.length).toBeLessThanOrEqual(wall.callsOf(model).filter(({ finished }) => finished).length);
    }
    expect(await auditDifferences(cluster)).toEqual([]);
    // Nothing ended but what was told to.
    expect(new Set(cluster.lost.map((lost) => lost.split(':')[0]))).toEqual(
      new Set([cluster.billing[0]?.name, edge.name]),
    );
  }, 240_000);
});

function load(customer: Customer): SteadyLoad {
  return new SteadyLoad({
    perSecond: PER_SECOND,
    ask: async (index) =>
      customer.chat(
        { model: 'acme/steady', stream: index % 2 === 0, max_tokens: 100, messages },
        { signal: AbortSignal.timeout(ANSWER_MS_MAX) },
      ),
  });
}

/**
 * Starts a service that ends at the point; it may get there before it is ready, by what an earlier crash has left. Returns
 * how often it had ended there before.
 */
async function arm(service: ClusterService, point: string): Promise<number> {
  const endedBefore = endsAt(point, service.logFile);
  try {
    await service.start({ APILINK_FAILPOINTS: point });
  } catch (error) {
    if (service.isRunning) throw error;
  }
  return endedBefore;
}

/** Resolves when each has ended, broken off or not. */
async function askAtOnce(customer: Customer, model: string): Promise<void> {
  const asked = Array.from({ length: AT_ONCE }, async () => {
    const response = await customer.chat({ model, stream: true, max_tokens: 100, messages });
    await response.text();
  });
  await Promise.allSettled(asked);
}
