import { migrate, type Database } from '@apilink/postgres';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { PostgresHoldStore, type PostgresHoldStoreOptions } from '../postgres-hold-store.js';
import { gateMigrations } from '../schema/gate-migrations.js';
import { START_MS, type GateUnderTest } from './gate-scenario.contract.js';

const TABLES = ['accounts', 'workspaces', 'keys', 'key_meters', 'period_counters', 'holds', 'tombstones'].map(
  (table) => `gate.${table}`,
);

/** What is told of a gate that answers must not depend on how busy the machine is. */
const PATIENCE_MS = 30_000;

export interface PostgresGateUnderTest extends GateUnderTest {
  readonly testDatabase: TestDatabase;
  /** As billing connects, which may do everything that the port offers. */
  readonly database: Database;
  /** As migrations connect. */
  readonly owner: Database;
  readonly store: PostgresHoldStore;
}

/** A migrated database whose schema `gate` goes by a clock that stands still: only its owner can put such a one in. */
export async function startPostgresGate(options: PostgresHoldStoreOptions = {}): Promise<PostgresGateUnderTest> {
  const testDatabase = await createTestDatabase();
  await migrate({ url: testDatabase.urlFor('gate_owner'), schema: 'gate', migrations: gateMigrations });
  const owner = await testDatabase.database('gate_owner');
  await owner.query('CREATE TABLE gate.test_clock (ms bigint NOT NULL)');
  await owner.query('INSERT INTO gate.test_clock VALUES ($1)', [START_MS]);
  await owner.query(
    'CREATE OR REPLACE FUNCTION gate.now_ms() RETURNS bigint LANGUAGE sql VOLATILE RETURN (SELECT ms FROM gate.test_clock)',
  );
  const database = await testDatabase.database('billing_app', { poolMax: 10 });
  const store = new PostgresHoldStore(database, { callTimeoutMs: PATIENCE_MS, ...options });
  let nowMs = START_MS;
  return {
    testDatabase,
    database,
    owner,
    store,
    now: () => nowMs,
    setClock: async (ms) => {
      nowMs = ms;
      await owner.query('UPDATE gate.test_clock SET ms = $1', [ms]);
    },
    reset: async () => {
      await owner.query(`TRUNCATE ${TABLES.join(', ')}`);
    },
    close: async () => {
      await store.close();
      await testDatabase.drop();
    },
  };
}
