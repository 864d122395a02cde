import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deadLetterTopic, topics, type HoldOpened, type UsageFinal } from '@apilink/contracts';
import { createTopics, eventLogVariables, openEventLog, type EventLog, type OutgoingEvent } from '@apilink/events';
import { RedisHoldStore } from '@apilink/holds';
import { startKafka, startRedis, type RunningKafka, type RunningRedis } from '@apilink/local-stack';
import { createLogger, type ServiceApplication } from '@apilink/service';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';
import { Kafka, logLevel } from 'kafkajs';
import { z } from 'zod';

import { createBillingApplication } from './application.js';
import { BillingScenario, finalOf, outgoing, type Customer } from './scenario/billing-scenario.factory.js';
import { eventually, OPERATOR_TOKEN, SERVICE_TOKEN, strangeHold } from './scenario/billing-service.factory.js';

const CUSTOMERS = 6;
const HOLDS_EACH = 10;
const logger = createLogger({ name: 'billing', level: 'fatal' });

describe('three billings on Kafka and Redis', () => {
  let test: TestDatabase;
  let folder: string;
  let kafka: RunningKafka;
  let redis: RunningRedis;
  /** An edge's log and gate, and the ledger as it stands. */
  let log: EventLog;
  let world: BillingScenario;
  let instances: ServiceApplication[] = [];
  const customers: Customer[] = [];
  const events: OutgoingEvent[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'apilink-billing-distributed-'));
    test = await createTestDatabase();
    [kafka, redis] = await Promise.all([
      startKafka({ folder: join(folder, 'kafka') }),
      startRedis({ folder: join(folder, 'redis') }),
    ]);
    const environment = z.object(eventLogVariables).parse({ KAFKA_BROKERS: kafka.brokers });
    await createTopics({ environment, replicationFactor: 1 });
    log = await openEventLog({
      environment,
      clientId: 'edge',
      logger,
      database: () => Promise.reject(new Error('none')),
    });
    const { hostname, port } = new URL(redis.url);
    const gate = new RedisHoldStore({ connection: { host: hostname, port: Number(port) } });
    await gate.connected();
    world = await BillingScenario.create(test, { now: Date.now, holdExpiryMs: 90_000 }, { gate });
    instances = [await startBilling(), await startBilling(), await startBilling()];
    await eventually(async () => (await gate.standing()).epoch);
  }, 120_000);

  afterAll(async () => {
    await stopAll();
    await log.close();
    await world.close();
    await Promise.all([kafka.stop(), redis.stop()]);
    await test.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function startBilling(): Promise<ServiceApplication> {
    const application = await createBillingApplication({
      env: {
        DATABASE_URL: test.urlFor('billing_app'),
        DATABASE_POOL_MAX: '5',
        OPERATOR_TOKEN,
        SERVICE_TOKENS: SERVICE_TOKEN,
        KAFKA_BROKERS: kafka.brokers,
        REDIS_URL: redis.url,
      },
      logger,
    });
    await application.start();
    return application;
  }

  async function stopAll(): Promise<void> {
    await Promise.all(instances.map((instance) => stop(instance)));
    instances = [];
  }

  /** As an edge does: again until it is acknowledged. A young topic has no leader yet, and what was sent may come twice. */
  async function publish(outgoingEvents: readonly OutgoingEvent[]): Promise<void> {
    await eventually(() =>
      log.publish(outgoingEvents).then(
        () => true,
        () => null,
      ),
    );
  }

  /** A broker that has just come back does not know all of its partitions at once. */
  async function consumed(): Promise<void> {
    await eventually(() =>
      lag()
        .then((behind) => (behind === 0n ? true : null))
        .catch(() => null),
    );
  }

  async function lag(): Promise<bigint> {
    const ends = await log.endOffsets(topics.usage.name);
    const committed = await log.committedOffsets('billing', topics.usage.name);
    return [...ends].reduce((sum, [partition, end]) => sum + (end - (committed.get(partition) ?? 0n)), 0n);
  }

  /** Everything that the ledger says, and that the gate has been told. */
  async function books(): Promise<unknown> {
    await eventually(async () => {
      const [row] = await world.database.query<{ waiting: string }>('SELECT count(*) AS waiting FROM gate_outbox');
      return row?.waiting === '0' ? true : null;
    });
    return {
      transfers: await world.database.query('SELECT transfer_id, kind FROM ledger_transfers ORDER BY transfer_id'),
      holds: await world.database.query(
        'SELECT generation_id, state, charge_nano_usd FROM holds ORDER BY generation_id',
      ),
      balances: await world.database.query(
        'SELECT account_id, posted_nano_usd, spent_nano_usd, ledger_version FROM gate_balances ORDER BY account_id',
      ),
    };
  }

  async function deadLetters(): Promise<number> {
    const ends = await log.endOffsets(deadLetterTopic(topics.usage.name));
    return Number([...ends.values()].reduce((sum, end) => sum + end, 0n));
  }

  async function differences(): Promise<readonly unknown[]> {
    const found: unknown[] = [];
    await world.services.audits.run('audit', (line) => {
      if (line.type === 'report') found.push(...line.differences);
    });
    return found;
  }

  it('settle every request once over a rebalance, beside a poison event', async () => {
    for (let index = 0; index < CUSTOMERS; index++) customers.push(await world.customer(10_000n));
    const bodies: (HoldOpened | UsageFinal)[] = [];
    for (const customer of customers) {
      for (let index = 0; index < HOLDS_EACH; index++) {
        const hold = await world.admit(customer, 100n);
        bodies.push(hold, finalOf(hold));
      }
    }
    bodies.splice(bodies.length / 2, 0, strangeHold());
    events.push(...bodies.map(outgoing));
    await publish(events.slice(0, 40));
    const [first, ...rest] = instances;
    instances = rest;
    await Promise.all([stop(first), publish(events.slice(40))]);
    await consumed();
    const settled = await world.database.query<{ state: string; count: string }>(
      'SELECT state, count(*) AS count FROM holds GROUP BY state',
    );
    expect(settled).toEqual([{ state: 'settled', count: String(CUSTOMERS * HOLDS_EACH) }]);
    await books();
    for (const { accountId } of customers) {
      expect(await world.gate.inspect(accountId)).toMatchObject({
        balance: { postedNanoUsd: 10_000n - BigInt(HOLDS_EACH) * 70n },
        heldNanoUsd: 0n,
        holds: [],
      });
    }
    expect(await deadLetters()).toBeGreaterThanOrEqual(1);
    expect(await differences()).toEqual([]);
  }, 120_000);

  it('change nothing when every event comes again, shuffled, and when offsets are set back to the beginning', async () => {
    const before = await books();
    const shuffled = events.toSorted((left, right) => (left.id.slice(-6) < right.id.slice(-6) ? -1 : 1));
    await publish(shuffled);
    await consumed();
    expect(await books()).toEqual(before);
    await stopAll();
    const admin = new Kafka({ clientId: 'test', brokers: [kafka.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await eventually(() => admin.deleteGroups(['billing']).catch(() => null));
    await admin.disconnect();
    instances = [await startBilling(), await startBilling()];
    await consumed();
    expect(await books()).toEqual(before);
    // Once, again with the shuffled ones, and both of these from the beginning.
    expect(await deadLetters()).toBeGreaterThanOrEqual(4);
    expect(await differences()).toEqual([]);
  }, 120_000);

  it('take top-ups, keys and handed-over usage while Kafka is away, and nothing of it twice afterwards', async () => {
    const [customer] = customers;
    if (customer === undefined) throw new Error('there is no customer');
    const hold = await world.admit(customer, 100n);
    const handed = [hold, finalOf(hold)].map(outgoing);
    const { accountId } = customer;
    await kafka.kill();
    expect(await instances[0]?.readiness()).toBeNull();
    const grant = { accountId, amountNanoUsd: 500n, reason: 'test', requestKey: 'while-kafka-is-away', actor: 'test' };
    await world.services.credits.grant(grant);
    expect(await world.services.gateTeller.isBehind(accountId)).toBe(false);
    const request = handed.map(({ id, source, time, key, body }, index) => {
      const type = index === 0 ? ('hold.opened' as const) : ('usage.final' as const);
      return { id, type, source, time, key, body: body ?? '' };
    });
    expect(await world.services.handovers.take({ events: request })).toEqual({ settled: 2, refused: [] });
    await kafka.restart();
    await publish(handed);
    await consumed();
    await books();
    expect(await world.gate.inspect(accountId)).toMatchObject({
      balance: { postedNanoUsd: 10_500n - BigInt(HOLDS_EACH + 1) * 70n },
      heldNanoUsd: 0n,
    });
    expect(await differences()).toEqual([]);
  }, 120_000);
});

async function stop(application: ServiceApplication | undefined): Promise<void> {
  await application?.drain(10_000);
  await application?.close();
}
