import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { isTransientDatabaseError, migrate, type PostgresDatabase } from '@apilink/postgres';
import { createTestDatabase, TcpProxy, type TestDatabase } from '@apilink/testing';

import { EventRecorder, event, Gate } from './event-log.contract-recorder.js';
import { eventLogMigrations } from './postgres-event-log.migration.js';
import { PostgresEventLog } from './postgres-event-log.js';
import { layoutsOf } from './topic-layout.js';

const STREAM = 'faults.stream.v1';
const TABLE = 'faults.table.v1';
const topics = layoutsOf([
  { name: STREAM, key: 'any', partitions: 4, cleanup: { policy: 'delete', retentionDays: 2 }, events: {} },
  { name: TABLE, key: 'any', partitions: 2, cleanup: { policy: 'compact' }, events: {} },
]);
const options = { group: 'g', topics: [STREAM], batchMax: 10 };

describe('PostgresEventLog under faults', () => {
  let test: TestDatabase;
  let owner: PostgresDatabase;
  let database: PostgresDatabase;
  let log: PostgresEventLog;
  let opened: PostgresEventLog[];

  beforeAll(async () => {
    test = await createTestDatabase();
    await migrate({ url: test.urlFor('event_log_owner'), schema: 'event_log', migrations: eventLogMigrations });
    owner = await test.database('event_log_owner');
    database = await test.database('billing_app');
  });
  afterAll(() => test.drop());
  beforeEach(async () => {
    await owner.query('TRUNCATE event_log.topics, event_log.partitions, event_log.events, event_log.group_offsets');
    opened = [];
    log = open();
  });
  afterEach(async () => {
    await Promise.all(opened.map((one) => one.close()));
  });

  function open(on: PostgresDatabase = database): PostgresEventLog {
    const one = new PostgresEventLog(on, { topics });
    opened.push(one);
    return one;
  }

  it('skips nothing when the publisher that came first commits last', async () => {
    const recorder = new EventRecorder();
    const [hasPublished, mayCommit] = [new Gate(), new Gate()];
    await log.subscribe(options, recorder.handle);
    const slow = database.transaction(async (sql) => {
      await log.publishWithin(sql, [event({ topic: STREAM, key: 'same', id: 'slow' })]);
      hasPublished.open();
      await mayCommit.opened;
    });
    await hasPublished.opened;
    // The same partition waits for the slow one; another partition does not, and its consumer is not held up.
    const fast = log.publish([event({ topic: STREAM, key: 'same', id: 'fast' })]);
    await log.publish([event({ topic: STREAM, key: 'alpha', id: 'elsewhere' })]);
    await recorder.count(1);
    expect(recorder.events.map(({ id }) => id)).toEqual(['elsewhere']);
    mayCommit.open();
    await Promise.all([slow, fast]);
    await recorder.count(3);
    expect(recorder.events.slice(1).map(({ id, offset }) => [id, offset])).toEqual([
      ['slow', 0n],
      ['fast', 1n],
    ]);
  });

  it('uses no offset for a publisher that rolled back', async () => {
    await expect(
      database.transaction(async (sql) => {
        await log.publishWithin(sql, [event({ topic: STREAM, key: 'a', id: 'never' })]);
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    await log.publish([event({ topic: STREAM, key: 'a', id: 'first' })]);
    const [partition] = [...(await log.endOffsets(STREAM))].find(([, end]) => end > 0n) ?? [0];
    expect((await log.read(STREAM, partition, 0n, 9)).map(({ id, offset }) => [id, offset])).toEqual([['first', 0n]]);
  });

  it('lets publishers cross each other over many partitions without a deadlock', async () => {
    const keys = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta'];
    const batch = (reversed: boolean) =>
      (reversed ? keys.toReversed() : keys).map((key) => event({ topic: STREAM, key }));
    await Promise.all(Array.from({ length: 60 }, (_, index) => log.publish(batch(index % 2 === 0))));
    const ends = [...(await log.endOffsets(STREAM)).values()];
    expect(ends.reduce((sum, end) => sum + end)).toBe(480n);
  });

  it('gives the batch of a member whose session broke to another one, and lets the first commit nothing', async () => {
    const [one, two] = [new EventRecorder(), new EventRecorder()];
    const [entered, gate] = [new Gate(), new Gate()];
    const first = await test.database('edge_app', { applicationName: 'doomed' });
    await log.publish([event({ topic: STREAM, key: 'alpha', id: 'a' })]);
    await open(first).subscribe(options, async (batch) => {
      entered.open();
      await gate.opened;
      return one.handle(batch);
    });
    await entered.opened;
    await log.subscribe(options, two.handle);
    await kill('doomed:consume:g');
    await two.count(1);
    gate.open();
    await one.count(1);
    await log.publish([event({ topic: STREAM, key: 'alpha', id: 'b' })]);
    await EventRecorder.all([one, two], ['b']);
    expect(two.ids()).toContain('a');
  });

  it('finds events by its poll when notifications do not come', async () => {
    const recorder = new EventRecorder();
    const deaf = await test.database('edge_app', { applicationName: 'deaf' });
    const reader = open({ ...wrap(deaf), listen: async () => async () => undefined });
    await reader.subscribe(options, recorder.handle);
    await log.publish([event({ topic: STREAM })]);
    await recorder.count(1);
    expect(recorder.events).toHaveLength(1);
  });

  it('goes on when every connection was cut', async () => {
    const recorder = new EventRecorder();
    const cut = await test.database('edge_app', { applicationName: 'cut' });
    await open(cut).subscribe(options, recorder.handle);
    await log.publish([event({ topic: STREAM, id: 'before' })]);
    await recorder.count(1);
    await kill('cut%');
    await log.publish([event({ topic: STREAM, id: 'after' })]);
    await recorder.count(2);
    expect(new Set(recorder.ids())).toEqual(new Set(['before', 'after']));
  });

  it('hands over everything once the database is back that was away for consumer, follower and publisher', async () => {
    const [consumed, followed] = [new EventRecorder(), new EventRecorder()];
    const proxy = await TcpProxy.before(test.urlFor('edge_app'));
    const shaky = await test.database('edge_app', { url: proxy.through(test.urlFor('edge_app')) });
    const reader = open(shaky);
    await reader.subscribe(options, consumed.handle);
    await reader.follow(TABLE, followed.take);
    await log.publish([event({ topic: STREAM, id: 'before' }), event({ topic: TABLE, key: 'before' })]);
    await Promise.all([consumed.count(1), followed.count(1)]);
    proxy.refuse();
    const refused: unknown = await reader.publish([event({ topic: STREAM })]).catch((error: unknown) => error);
    expect(isTransientDatabaseError(refused)).toBe(true);
    await log.publish([event({ topic: STREAM, id: 'while away' }), event({ topic: TABLE, key: 'while away' })]);
    proxy.open();
    await EventRecorder.all([consumed], ['while away']);
    await followed.count(2);
    expect(followed.events.map(({ key }) => key)).toEqual(['before', 'while away']);
    await reader.close();
    await shaky.close();
    await proxy.close();
  });

  it('deletes what is older than the topic keeps, and tombstones after a day, and nothing else', async () => {
    await log.publish(['a', 'b', 'a'].map((key) => event({ topic: STREAM, key, id: `old-${key}` })));
    await log.publish([event({ topic: TABLE, key: 'kept' }), event({ topic: TABLE, key: 'gone', body: null })]);
    await owner.query("UPDATE event_log.events SET published_at = now() - interval '3 days'");
    await log.publish([event({ topic: STREAM, key: 'a', id: 'young' })]);
    expect(await log.clean()).toBe(4);
    const left = await database.query<{ event_id: string; key: string }>(
      'SELECT event_id, key FROM event_log.events ORDER BY topic, event_offset',
    );
    expect(left).toEqual([{ event_id: 'young', key: 'a' }, expect.objectContaining({ key: 'kept' })]);
    const recorder = new EventRecorder();
    await log.subscribe(options, recorder.handle);
    await recorder.count(1);
    expect(recorder.ids()).toEqual(['young']);
  });

  it('keeps one row per key of a compacted topic however often it is published', async () => {
    const keys = ['a', 'b', 'c'];
    await Promise.all(
      Array.from({ length: 20 }, () => log.publish([...keys, ...keys].map((key) => event({ topic: TABLE, key })))),
    );
    const rows = await database.query("SELECT key FROM event_log.events WHERE topic LIKE 'faults.table%' ORDER BY key");
    expect(rows).toEqual([{ key: 'a' }, { key: 'b' }, { key: 'c' }]);
  });

  it('refuses to work with another number of partitions than the database has', async () => {
    await log.publish([event({ topic: STREAM })]);
    const changed = layoutsOf([
      { name: STREAM, key: 'any', partitions: 8, cleanup: { policy: 'delete', retentionDays: 2 }, events: {} },
    ]);
    const other = new PostgresEventLog(database, { topics: changed });
    await expect(other.publish([event({ topic: STREAM })])).rejects.toThrow('has 4 partitions');
    await other.close();
  });

  async function kill(applicationName: string): Promise<void> {
    const superuser = await test.database('event_log_owner', { url: test.superuserUrl });
    await superuser.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE $1', [
      applicationName,
    ]);
    await superuser.close();
  }
});

function wrap(database: PostgresDatabase): PostgresDatabase {
  return {
    dataSource: database.dataSource,
    address: database.address,
    query: (text, values) => database.query(text, values),
    transaction: (work) => database.transaction(work),
    listen: (channel, handle) => database.listen(channel, handle),
    openSession: (purpose) => database.openSession(purpose),
    close: () => database.close(),
  };
}
