import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PostgresDatabase } from '@apilink/postgres';

import {
  accountId,
  GateScenario,
  holdId,
  DEFAULTS,
  keyId,
  keyOf,
  renewedHold,
  reservation,
  snapshotOf,
  workspaceId,
} from './contract/gate-scenario.contract.js';
import { startPostgresGate, type PostgresGateUnderTest } from './contract/postgres-gate.contract.js';
import { PostgresHoldStore } from './postgres-hold-store.js';

const HOT = ['accounts', 'keys', 'key_meters', 'workspaces', 'period_counters', 'holds', 'tombstones'];
/** A session makes its lasting plan of a statement with the sixth use. */
const USES = 8;
const ROWS = 20_000;

describe('a session that planned while the gate was young', () => {
  let gate: PostgresGateUnderTest;
  let session: PostgresDatabase;
  let s: GateScenario;

  beforeAll(async () => {
    gate = await startPostgresGate();
    session = await gate.testDatabase.database('billing_app', { poolMax: 1 });
    s = new GateScenario({ ...gate, store: new PostgresHoldStore(session) });
    await s.start();
    await s.store.load(snapshotOf({ accountId: accountId(2), workspaces: [], keys: [] }));
    for (const table of HOT) await gate.owner.query(`ALTER TABLE gate.${table} SET (autovacuum_enabled = off)`);
    for (const table of HOT) await gate.owner.query(`VACUUM ANALYZE gate.${table}`);
  });
  afterAll(() => gate.close());

  /** Every operation that a request or its end needs. */
  async function useAll(from: number): Promise<void> {
    for (let number = from; number < from + USES; number++) {
      await s.admit(number, 10n);
      await s.renew(number, 12n);
      await s.grow(number, 14n);
      await s.finish(number, 5n);
      await s.store.reserve(reservation(number + 1_000, 1n));
      await s.store.restore({ ...renewedHold(number + 2_000, 1n), expiresAt: s.gate.now() + 1, final: false });
      await s.store.isHoldOpen(accountId(1), holdId(number));
      await s.store.findKey(keyOf(1).keyHash);
      await s.store.read(accountId(1), keyId(1), s.request(1, 1n).periods, DEFAULTS);
      const closed = [number, number + 1_000, number + 2_000].map(holdId);
      const periods = [
        { scope: 'key' as const, scopeId: keyId(1), period: 'total', spentNanoUsd: 1n, version: number },
      ];
      await s.store.apply([{ accountId: accountId(1), periods, closed }]);
      await s.store.markExpired(10);
    }
  }

  async function reads(): Promise<{ whole: number; entries: number }> {
    await session.query('SELECT pg_stat_force_next_flush()');
    const [row] = await gate.owner.query<{ whole: string; entries: string }>(
      `SELECT (SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE schemaname = 'gate' AND relname = ANY($1)) AS whole,
         (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE schemaname = 'gate' AND relname = ANY($1)) AS entries`,
      [HOT],
    );
    return { whole: Number(row?.whole), entries: Number(row?.entries) };
  }

  it('reads no table whole when it has grown', async () => {
    await useAll(1);
    await gate.owner.query(
      `INSERT INTO gate.holds SELECT $1, gen_random_uuid(), $2, $3, 0, 0, 'd', 'w', 'm', now(), now() + interval '9 years',
         true, null, 0, now(), 1 FROM generate_series(1, ${ROWS})`,
      [accountId(1), keyId(1), workspaceId(1)],
    );
    await gate.owner.query(
      `INSERT INTO gate.keys (key_id, account_id, workspace_id, key_hash, status, version)
       SELECT gen_random_uuid(), $1, $2, gen_random_uuid()::text, 'active', 1 FROM generate_series(1, ${ROWS})`,
      [accountId(2), workspaceId(2)],
    );
    await gate.owner.query(
      `INSERT INTO gate.tombstones SELECT $1, gen_random_uuid(), now() + interval '9 years' FROM generate_series(1, ${ROWS})`,
      [accountId(1)],
    );
    await gate.owner.query(
      `INSERT INTO gate.period_counters (scope, scope_id, period, account_id, updated_at)
       SELECT 'key', gen_random_uuid(), '2026-11', $1, now() FROM generate_series(1, ${ROWS})`,
      [accountId(1)],
    );
    const before = await reads();
    await useAll(101);
    const after = await reads();
    expect(after.whole).toBe(before.whole);
    expect(after.entries - before.entries).toBeLessThan(ROWS / 2);
  });
});
