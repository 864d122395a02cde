import { createHash } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel, type KafkaMessage, type Message } from 'kafkajs';
import { z } from 'zod';

import { catalogOf, wallEnvironment } from './catalog.js';
import { TestCluster } from './cluster.js';
import { auditDifferences, Customer, generationOf } from './customer.js';
import { expectExactBooks, SETTLED_MS_MAX } from './exact-books.js';
import { eventually } from './instance.js';
import { statusesOf, SteadyLoad } from './steady-load.js';
import { answering, Wall } from './wall.js';

const MODEL = 'acme/echo-1';
/** Of 7 output tokens at 1,000 nano-USD. */
const TOKENS = 7;
const CHARGE = 7_000n;
const REQUESTS = 30;
/** Names of docs/events.md. */
const USAGE = 'apilink.usage.v1';
const GROUP = 'billing';
const DEAD = `${USAGE}.dlq`;

const messages = [{ role: 'user', content: 'hi' }];
const letterSchema = z.looseObject({ id: z.string(), error: z.string(), body: z.string() });
const lettersSchema = z.looseObject({ deadLetters: z.array(letterSchema) });

interface Published {
  readonly partition: number;
  readonly message: KafkaMessage;
}

describe('the log is replayed', () => {
  let wall: Wall;
  let cluster: TestCluster;
  let kafka: Kafka;

  beforeAll(async () => {
    wall = await Wall.start();
    // Slow enough that the openings of streams are told before their finals.
    wall.script('quick', answering({ tokens: TOKENS, paceMs: 20 }));
    cluster = await TestCluster.start({
      edges: 2,
      billing: 2,
      configuration: catalogOf([{ id: MODEL, endpoints: [{ baseUrl: wall.baseUrl, upstreamModel: 'quick' }] }]),
      environment: wallEnvironment,
    });
    kafka = new Kafka({ brokers: [cluster.kafka.brokers], clientId: 'e2e', logLevel: logLevel.NOTHING });
  }, 120_000);

  afterAll(async () => {
    // First what cannot fail: an open server would keep the run from ending.
    await wall.stop();
    await cluster.stop();
  }, 60_000);

  async function askSome(customer: Customer): Promise<void> {
    const running = new SteadyLoad({
      perSecond: 20,
      requestsMax: REQUESTS,
      ask: async (index) =>
        customer
          .at(cluster.edges[index % 2]?.url ?? '')
          .chat({ model: MODEL, stream: index % 2 === 0, max_tokens: 100, messages }),
    });
    await running.more(REQUESTS);
    const answers = await running.stop();
    expect(statusesOf(answers)).toEqual({ '200': REQUESTS });
    await expectExactBooks(cluster, customer, { answers, chargeNanoUsd: CHARGE });
  }

  /** What the owner of the account and the operator see of it. */
  async function booksOf(customer: Customer): Promise<unknown> {
    const shown = await cluster.apilink('account', 'show', customer.accountId);
    expect(shown.exitCode).toBe(0);
    return { shown: shown.json, usage: await customer.usage(), credits: await customer.credits() };
  }

  /** How far the topic has been written, by partition; empty partitions left out. */
  async function ends(): Promise<ReadonlyMap<number, bigint>> {
    return withAdmin(async (admin) => {
      const offsets = await admin.fetchTopicOffsets(USAGE);
      return new Map(
        offsets.map(({ partition, high }) => [partition, BigInt(high)] as const).filter(([, high]) => high > 0n),
      );
    });
  }

  async function withAdmin<Result>(work: (admin: ReturnType<Kafka['admin']>) => Promise<Result>): Promise<Result> {
    const admin = kafka.admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }

  /** Every event of the topic, read without billing's group. */
  async function readAll(): Promise<readonly Published[]> {
    const count = [...(await ends()).values()].reduce((sum, end) => sum + end, 0n);
    const read: Published[] = [];
    const consumer = kafka.consumer({ groupId: `e2e-${Math.random()}` });
    await consumer.connect();
    await consumer.subscribe({ topics: [USAGE], fromBeginning: true });
    await consumer.run({ eachMessage: async ({ partition, message }) => void read.push({ partition, message }) });
    await eventually(
      `${count} events are read`,
      async () => (BigInt(read.length) >= count ? true : null),
      SETTLED_MS_MAX,
    );
    await consumer.disconnect();
    return read;
  }

  async function publish(published: readonly { readonly partition: number; readonly message: Message }[]) {
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    await producer.send({
      topic: USAGE,
      acks: -1,
      messages: published.map(({ partition, message }) => {
        const { key, value, headers } = message;
        return { partition, key: key ?? null, value, ...(headers === undefined ? {} : { headers }) };
      }),
    });
    await producer.disconnect();
  }

  async function consumedAll(): Promise<void> {
    const until = await ends();
    await eventually(
      'billing has consumed all',
      async () => {
        const [topic] = await withAdmin((admin) => admin.fetchOffsets({ groupId: GROUP, topics: [USAGE] }));
        const committed = new Map(topic?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
        return [...until].every(([partition, end]) => (committed.get(partition) ?? -1n) >= end) ? true : null;
      },
      SETTLED_MS_MAX,
    );
  }

  async function deadLetters(): Promise<readonly z.output<typeof letterSchema>[]> {
    const listed = await cluster.apilink('dlq', 'list');
    return lettersSchema.parse(listed.json).deadLetters;
  }

  it('from its begin, and every event again, shuffled, with poison in the middle: the ledger does not change', async () => {
    const customer = await Customer.create(cluster, '1');
    await askSome(customer);
    await consumedAll();
    const before = await booksOf(customer);
    const events = await readAll();
    // Every final, and the openings of those that took a while.
    expect(events.length).toBeGreaterThan(REQUESTS);

    for (const billing of cluster.billing) expect(await billing.stop()).toBe(0);
    const shuffled = shuffle(events);
    const middle = Math.floor(shuffled.length / 2);
    await publish([...shuffled.slice(0, middle), ...poison(events), ...shuffled.slice(middle), ...shuffle(shuffled)]);
    await withAdmin((admin) => admin.resetOffsets({ groupId: GROUP, topic: USAGE, earliest: true }));
    for (const billing of cluster.billing) await billing.start();
    await consumedAll();

    expect(await booksOf(customer)).toEqual(before);
    expect(await auditDifferences(cluster)).toEqual([]);
    const letters = await deadLetters();
    expect(new Set(letters.map(({ body }) => body))).toEqual(new Set(['{"cut', 'nobody']));
    expect(letters).toHaveLength(2);
    await oneMore(customer);
  }, 240_000);

  it('a dead letter is shown with its reason, and replaying it does no harm', async () => {
    const customer = await Customer.create(cluster, '1');
    await oneMore(customer);
    const before = await booksOf(customer);
    const letters = await deadLetters();
    for (const { id, error, body } of letters) {
      expect(id).toMatch(new RegExp(`^${DEAD}/\\d+/\\d+$`));
      expect(error).not.toBe('');
      const shown = await cluster.apilink('dlq', 'show', id);
      expect(letterSchema.parse(shown.json)).toMatchObject({ id, error, body });
    }
    expect((await cluster.apilink('dlq', 'replay', ...letters.map(({ id }) => id))).exitCode).toBe(0);
    await consumedAll();
    expect(await booksOf(customer)).toEqual(before);
    // They died once more, for the same reason.
    expect((await deadLetters()).map(({ body }) => body).toSorted()).toEqual(
      [...letters, ...letters].map(({ body }) => body).toSorted(),
    );
    await oneMore(customer);
    expect(await auditDifferences(cluster)).toEqual([]);
    expect(cluster.lost).toEqual([]);
  }, 120_000);
});

/** What comes after is settled as ever. */
async function oneMore(customer: Customer): Promise<void> {
  const before = (await customer.settled()).spent;
  const response = await customer.chat({ model: MODEL, max_tokens: 100, messages });
  await response.text();
  expect(await customer.receipt(generationOf(response), SETTLED_MS_MAX)).toMatchObject({
    outcome: 'completed',
    charge_nano_usd: String(CHARGE),
  });
  expect((await customer.settled()).spent).toBe(before + CHARGE);
}

/** In an order that has nothing to do with the one before, also within a key. */
function shuffle(events: readonly Published[]): readonly Published[] {
  const place = ({ message }: Published, index: number): string =>
    createHash('sha256')
      .update(message.value ?? '')
      .update(String(index))
      .digest('hex');
  return events
    .map((event, index) => ({ event, place: place(event, index) }))
    .toSorted((left, right) => left.place.localeCompare(right.place))
    .map(({ event }) => event);
}

/** Events that can never be read: one is cut short, the other says nothing of itself. */
function poison(events: readonly Published[]): readonly { readonly partition: number; readonly message: Message }[] {
  const [first] = events;
  if (first === undefined) throw new Error('no events');
  const { partition, message } = first;
  const { key, headers } = message;
  return [
    { partition, message: { key, value: '{"cut', headers: { ...headers, ce_id: 'poison-1' } } },
    { partition, message: { key, value: 'nobody' } },
  ];
}
