import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { migrate, type Migration, type PostgresDatabase } from '@apilink/postgres';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';
import type { QueryRunner } from 'typeorm';

import { EventRecorder, event, Gate } from './event-log.contract-recorder.js';
import type { OutgoingEvent } from './event-log.js';
import { MemoryEventLog } from './memory-event-log.js';
import { OutboxRelay } from './outbox-relay.js';
import { countOutbox, outboxMigration, writeOutbox } from './outbox.js';
import { layoutsOf } from './topic-layout.js';

const TOPIC = 'ledger.v1';
const topics = layoutsOf([
  { name: TOPIC, key: 'account', partitions: 4, cleanup: { policy: 'delete', retentionDays: 1 }, events: {} },
]);
const silent = { warn: () => undefined, error: () => undefined };

const CreateOutbox: Migration = class {
  readonly name = 'CreateOutbox1763800000000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(outboxMigration('billing'));
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE outbox');
  }
};

/** What is waited for happens on another turn of the event loop, without a sign. */
async function untilTrue(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('OutboxRelay', () => {
  let test: TestDatabase;
  let database: PostgresDatabase;
  let log: MemoryEventLog;
  let seen: EventRecorder;
  let relays: OutboxRelay[];

  beforeAll(async () => {
    test = await createTestDatabase();
    await migrate({ url: test.urlFor('billing_owner'), schema: 'billing', migrations: [CreateOutbox] });
    database = await test.database('billing_app');
  });
  afterAll(() => test.drop());
  beforeEach(async () => {
    await database.query('DELETE FROM outbox');
    log = new MemoryEventLog({ topics });
    seen = new EventRecorder();
    relays = [];
    await log.subscribe({ group: 'g', topics: [TOPIC], batchMax: 1_000 }, seen.handle);
  });
  afterEach(async () => {
    await Promise.all(relays.map((relay) => relay.stop()));
    await log.close();
  });

  const relay = (publish: (events: readonly OutgoingEvent[]) => Promise<void> = (events) => log.publish(events)) => {
    // So slow a poll that only notifications can be what wakes it in time.
    const one = new OutboxRelay({ database, schema: 'billing', log: { publish }, logger: silent, pollMs: 600_000 });
    relays.push(one);
    one.start();
    return one;
  };
  const write = (ids: readonly string[]) =>
    database.transaction((sql) =>
      writeOutbox(
        sql,
        'billing',
        ids.map((id) => event({ topic: TOPIC, key: 'acc', id })),
      ),
    );

  it('publishes what a committed transaction wrote, in its order, and nothing of one that rolled back', async () => {
    const original = event({ topic: TOPIC, key: 'acc', id: 'full', traceparent: 't', headers: { a: '{"b"}' } });
    await database.transaction((sql) => writeOutbox(sql, 'billing', [original]));
    await expect(
      database.transaction(async (sql) => {
        await writeOutbox(sql, 'billing', [event({ topic: TOPIC, key: 'acc', id: 'never' })]);
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    relay();
    await seen.count(1);
    await write(['one', 'two', 'three']);
    await seen.count(4);
    expect(seen.events.map(({ id }) => id)).toEqual(['full', 'one', 'two', 'three']);
    expect(seen.events[0]).toMatchObject(original);
  });

  it('publishes the same ids again when it was cut off between publishing and deleting', async () => {
    let isFirst = true;
    relay(async (events) => {
      await log.publish(events);
      if (!isFirst) return;
      isFirst = false;
      throw new Error('the answer was lost');
    });
    await write(['one', 'two']);
    await seen.count(4);
    expect(seen.events.map(({ id }) => id)).toEqual(['one', 'two', 'one', 'two']);
  });

  it('leaves only one relay active, and another takes over when that one ends', async () => {
    const published: string[] = [];
    const [entered, gate] = [new Gate(), new Gate()];
    const by = (name: string) => async (events: readonly OutgoingEvent[]) => {
      published.push(`${name}:${events.map(({ id }) => id).join()}`);
      entered.open();
      await gate.opened;
      await log.publish(events);
    };
    const first = relay(by('first'));
    await write(['one']);
    await entered.opened;
    const second = relay(by('second'));
    await write(['two']);
    gate.open();
    await seen.count(2);
    await first.stop();
    await write(['three']);
    await seen.count(3);
    await second.stop();
    expect(published).toEqual(['first:one', 'first:two', 'second:three']);
  });

  it('publishes what is left before it stops', async () => {
    const one = relay();
    await write(['one']);
    await seen.count(1);
    await write(['two']);
    await one.stop();
    await seen.count(2);
    expect(await countOutbox(database, 'billing')).toBe(0);
  });

  it('keeps what was written while the log is away, and publishes all of it in order when it is back', async () => {
    let isAway = true;
    let failures = 0;
    const one = relay(async (events) => {
      if (isAway) {
        failures++;
        throw new Error('Kafka is away');
      }
      await log.publish(events);
    });
    const ids = Array.from({ length: 1_200 }, (_, index) => `e${index}`);
    await write(ids.slice(0, 700));
    await untilTrue(() => failures > 2);
    await write(ids.slice(700));
    expect(await countOutbox(database, 'billing')).toBe(1_200);
    isAway = false;
    await seen.count(1_200);
    expect(seen.events.map(({ id }) => id)).toEqual(ids);
    await one.stop();
    expect(await countOutbox(database, 'billing')).toBe(0);
  });
});
