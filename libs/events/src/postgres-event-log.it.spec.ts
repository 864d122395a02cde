import { afterAll, beforeAll } from '@jest/globals';
import { migrate } from '@apilink/postgres';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { contractTopics, describeEventLog } from './event-log.contract.js';
import { eventLogMigrations } from './postgres-event-log.migration.js';
import { PostgresEventLog } from './postgres-event-log.js';

let test: TestDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
  await migrate({ url: test.urlFor('event_log_owner'), schema: 'event_log', migrations: eventLogMigrations });
});
afterAll(async () => {
  await test.drop();
});

describeEventLog('PostgresEventLog', async () => {
  const owner = await test.database('event_log_owner');
  await owner.query('TRUNCATE event_log.topics, event_log.partitions, event_log.events, event_log.group_offsets');
  const logs: PostgresEventLog[] = [];
  return {
    open: async () => {
      const log = new PostgresEventLog(await test.database('billing_app'), { topics: contractTopics });
      logs.push(log);
      return log;
    },
    dispose: async () => {
      await Promise.all(logs.map((log) => log.close()));
      await owner.close();
    },
  };
});
