import { rmSync } from 'node:fs';
import { join } from 'node:path';

import type { ClusterService } from '@apilink/local-stack';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { catalogOf, wallEnvironment } from './catalog.js';
import { TestCluster } from './cluster.js';
import { auditDifferences, Customer } from './customer.js';
import { expectExactBooks, SETTLED_MS_MAX, spoolBytes } from './exact-books.js';
import { eventually } from './instance.js';
import { statusesOf, SteadyLoad, type LoadAnswer } from './steady-load.js';
import { answering, Wall } from './wall.js';

const MODEL = 'acme/echo-1';
const TOKENS = 7;
/** Of 7 output tokens at 1,000 nano-USD. */
const CHARGE = 7_000n;
const PER_SECOND = 12;
/** No client waits longer for a whole answer, whatever has died. */
const ANSWER_MS_MAX = 10_000;

const messages = [{ role: 'user', content: 'hi' }];

describe('Kafka dies', () => {
  let wall: Wall;
  let cluster: TestCluster;
  let first: ClusterService;
  let second: ClusterService;

  beforeAll(async () => {
    wall = await Wall.start();
    wall.script('quick', answering({ tokens: TOKENS, paceMs: 20 }));
    cluster = await TestCluster.start({
      edges: 2,
      billing: 2,
      configuration: catalogOf([{ id: MODEL, endpoints: [{ baseUrl: wall.baseUrl, upstreamModel: 'quick' }] }]),
      environment: wallEnvironment,
    });
    [first, second] = twoEdges(cluster);
  }, 120_000);

  afterAll(async () => {
    // First what cannot fail: an open server would keep the run from ending.
    await wall.stop();
    await cluster.stop();
  }, 60_000);

  async function expectExact(customer: Customer, answers: readonly LoadAnswer[]): Promise<void> {
    await expectExactBooks(cluster, customer, { answers, chargeNanoUsd: CHARGE });
  }

  it('for 20 s under load: no client sees it, and all is settled after', async () => {
    const customer = await Customer.create(cluster, '1');
    const callsBefore = wall.calls.length;
    const running = load(customer, cluster.edges);
    await running.more(2 * PER_SECOND);
    await cluster.kafka.kill();
    await running.more(20 * PER_SECOND);
    await cluster.kafka.restart();
    await running.more(3 * PER_SECOND);
    const answers = await running.stop();

    expect(statusesOf(answers)).toEqual({ '200': answers.length });
    for (const { text } of answers.filter(({ text: body }) => body.startsWith('data:')))
      expect(text).toContain('[DONE]');
    expect(wall.calls.length - callsBefore).toBe(answers.length);
    await expectExact(customer, answers);
  }, 150_000);

  it('for longer than the spool: 503 with retry-after, nothing is lost, and it is served again after', async () => {
    const customer = await Customer.create(cluster, '1');
    await second.restart({ SPOOL_BYTES_MAX: '48KiB' });
    await cluster.kafka.kill();
    const running = load(customer, [second]);
    const refused = await eventually(
      'the spool is full',
      async () => running.answers.find(({ status }) => status === 503) ?? null,
      60_000,
    );
    expect(refused.code).toBe('spool_full');
    expect(refused.retryAfter).toMatch(/^[1-9]\d*$/);
    expect(await askOnce(customer, first)).toMatchObject({ status: 200 });
    await cluster.kafka.restart();
    const { length } = await running.more(1);
    await eventually(
      'it is served again',
      async () => (running.answers.slice(-length).at(-1)?.status === 200 ? true : null),
      SETTLED_MS_MAX,
    );
    const answers = await running.stop();
    expect(Object.keys(statusesOf(answers)).toSorted()).toEqual(['200', '503 spool_full']);
    await second.restart({ SPOOL_BYTES_MAX: undefined });
    const spent = (await customer.settled(SETTLED_MS_MAX)).spent;
    // With the one that the other edge served.
    expect(spent).toBe(CHARGE * BigInt(answers.filter(({ status }) => status === 200).length + 1));
    expect(await auditDifferences(cluster)).toEqual([]);
  }, 150_000);

  it('and then the edge dies too: started while Kafka is away it serves from its snapshot, and its spool is settled when Kafka is back', async () => {
    const customer = await Customer.create(cluster, '1');
    await cluster.kafka.kill();
    const running = load(customer, [first]);
    await running.more(PER_SECOND);
    const before = await running.stop();
    expect(statusesOf(before)).toEqual({ '200': before.length });
    expect(await spoolBytes(first)).toBeGreaterThan(0);
    await first.kill();
    await first.start();
    expect(await spoolBytes(first)).toBeGreaterThan(0);
    const after = await askOnce(customer, first);
    expect(after).toMatchObject({ status: 200 });
    await cluster.kafka.restart();
    await expectExact(customer, [...before, after]);
    expect(await spoolBytes(first)).toBe(0);
  }, 150_000);

  it('and the edge drains: billing takes its events over HTTP, they are settled, and it exits with 0', async () => {
    const customer = await Customer.create(cluster, '1');
    await cluster.kafka.kill();
    const running = load(customer, [second]);
    await running.more(PER_SECOND);
    const answers = await running.stop();
    expect(statusesOf(answers)).toEqual({ '200': answers.length });
    expect(await second.stop()).toBe(0);
    // Kafka is still away.
    await expectExact(customer, answers);
    await cluster.kafka.restart();
    await second.start();
  }, 150_000);

  it('and an edge without a snapshot starts: it stays unready, and never refuses a valid key', async () => {
    const customer = await Customer.create(cluster, '1');
    await second.stop();
    rmSync(join(cluster.folder.path, second.name, 'data'), { recursive: true });
    await cluster.kafka.kill();
    const statuses = new Set<number>();
    const starting = second.start();
    await eventually(
      'it answers',
      async () => {
        try {
          statuses.add((await askedAt(customer, second)).status);
          return true;
        } catch {
          return null;
        }
      },
      40_000,
    );
    expect(await second.isReady()).toBe(false);
    await cluster.kafka.restart();
    await starting;
    await eventually('it serves', async () => {
      const { status } = await askedAt(customer, second);
      statuses.add(status);
      return status === 200 ? true : null;
    });
    expect([...statuses].toSorted((left, right) => left - right)).toEqual([200, 503]);
    await customer.settled(SETTLED_MS_MAX);
    expect(await auditDifferences(cluster)).toEqual([]);
    expect(cluster.lost).toEqual([]);
  }, 150_000);
});

function load(customer: Customer, edges: readonly ClusterService[]): SteadyLoad {
  return new SteadyLoad({
    perSecond: PER_SECOND,
    ask: async (index) =>
      customer
        .at(edges[index % edges.length]?.url ?? '')
        .chat(
          { model: MODEL, stream: index % 3 < 2, max_tokens: 100, messages },
          { signal: AbortSignal.timeout(ANSWER_MS_MAX) },
        ),
  });
}

async function askOnce(customer: Customer, edge: ClusterService): Promise<LoadAnswer> {
  const once = new SteadyLoad({
    perSecond: 1,
    requestsMax: 1,
    ask: async () => customer.at(edge.url).chat({ model: MODEL, stream: true, max_tokens: 100, messages }),
  });
  await once.more(1);
  const [answer] = await once.stop();
  if (answer === undefined) throw new Error('no answer');
  return answer;
}

async function askedAt(customer: Customer, edge: ClusterService): Promise<Response> {
  const response = await customer.at(edge.url).chat({ model: MODEL, max_tokens: 100, messages });
  await response.text();
  return response;
}

function twoEdges({ edges }: TestCluster): [ClusterService, ClusterService] {
  const [first, second] = edges;
  if (first === undefined || second === undefined) throw new Error('two edges are needed');
  return [first, second];
}
