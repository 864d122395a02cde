import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { migrate, type Migration, type PostgresDatabase } from '@apilink/postgres';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';
import type { QueryRunner } from 'typeorm';

import { EventRecorder, event } from './event-log.contract-recorder.js';
import { OutboxRelay } from './outbox-relay.js';
import { countOutbox, outboxMigration, writeOutbox } from './outbox.js';
import { eventLogMigrations } from './postgres-event-log.migration.js';
import { PostgresEventLog } from './postgres-event-log.js';
import { layoutsOf } from './topic-layout.js';

const TOPIC = 'ledger.v1';
const topics = layoutsOf([
  { name: TOPIC, key: 'account', partitions: 4, cleanup: { policy: 'delete', retentionDays: 1 }, events: {} },
]);
const silent = { warn: () => undefined, error: () => undefined };

/** A relay in a process of its own, which its failpoint ends. */
const CHILD = `
import { connectDatabase } from '@apilink/postgres';
import { readFailpoints } from '@apilink/service';
import { PostgresEventLog, OutboxRelay } from './dist/index.js';
const logger = { warn: console.error, error: console.error };
const database = await connectDatabase({ url: process.env.URL, schema: 'billing', applicationName: 'doomed relay' });
const log = new PostgresEventLog(database, { topics: ${JSON.stringify(topics)}, logger });
new OutboxRelay({ database, schema: 'billing', log, logger, failpoints: readFailpoints(process.env) }).start();
`;

const CreateOutbox: Migration = class {
  readonly name = 'CreateOutbox1763800000000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(outboxMigration('billing'));
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE outbox');
  }
};

describe('a relay that is killed', () => {
  let test: TestDatabase;
  let database: PostgresDatabase;
  let log: PostgresEventLog;

  beforeAll(async () => {
    test = await createTestDatabase();
    await migrate({ url: test.urlFor('event_log_owner'), schema: 'event_log', migrations: eventLogMigrations });
    await migrate({ url: test.urlFor('billing_owner'), schema: 'billing', migrations: [CreateOutbox] });
    database = await test.database('billing_app');
  });
  afterAll(() => test.drop());
  beforeEach(() => {
    log = new PostgresEventLog(database, { topics });
  });
  afterEach(() => log.close());

  it.each([
    ['outbox.read:1', 'first', 1],
    ['outbox.published:1', 'first published', 2],
    ['outbox.read:2', 'second', 1],
  ])('at %s (the %s batch) loses nothing and skips nothing', async (failpoints, name, times) => {
    const ids = Array.from({ length: 700 }, (_, index) => `${name}-${index}`);
    const events = ids.map((id) => event({ topic: TOPIC, key: 'acc', id }));
    await database.transaction((sql) => writeOutbox(sql, 'billing', events));
    const child = spawn(process.execPath, ['--input-type=module', '--eval', CHILD], {
      cwd: fileURLToPath(new URL('../', import.meta.url)),
      env: { ...process.env, NODE_ENV: 'test', APILINK_FAILPOINTS: failpoints, URL: test.urlFor('billing_app') },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
    expect(await countOutbox(database, 'billing')).toBe(failpoints === 'outbox.read:2' ? 200 : 700);

    const seen = new EventRecorder();
    await log.subscribe({ group: name, topics: [TOPIC], batchMax: 500 }, seen.handle);
    const next = new OutboxRelay({ database, schema: 'billing', log, logger: silent });
    next.start();
    await EventRecorder.all([seen], ids);
    await next.stop();
    const ours = seen.events.map(({ id }) => id).filter((id) => id.startsWith(`${name}-`));
    expect([...new Set(ours)]).toEqual(ids);
    expect(ours.filter((id) => id === ids[0])).toHaveLength(times);
    expect(await countOutbox(database, 'billing')).toBe(0);
  });
});
