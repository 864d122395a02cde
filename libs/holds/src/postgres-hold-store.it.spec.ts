import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Database, Sql } from '@apilink/postgres';

import {
  accountId,
  DEFAULTS,
  GateScenario,
  granted,
  holdId,
  keyId,
  keyOf,
  listedHold,
  renewal,
  snapshotOf,
  START_MS,
  workspaceId,
} from './contract/gate-scenario.contract.js';
import { startPostgresGate, type PostgresGateUnderTest } from './contract/postgres-gate.contract.js';
import { describeHoldStore } from './hold-store.contract.js';
import type { GateBalance, PeriodSpend } from './hold-store.js';
import { HoldStoreUnavailable } from './hold-store-unavailable.js';
import { PostgresGateWriter } from './postgres-gate-writer.js';
import { PostgresHoldStore } from './postgres-hold-store.js';

describeHoldStore('PostgresHoldStore', () => startPostgresGate());

describe('the embedded gate', () => {
  let gate: PostgresGateUnderTest;
  let s: GateScenario;
  beforeAll(async () => {
    gate = await startPostgresGate();
    s = new GateScenario(gate);
  });
  afterAll(() => gate.close());
  beforeEach(() => s.start());

  describe('written by the ledger', () => {
    const writer = new PostgresGateWriter();

    it('changes with the transaction of the ledger, and not at all when that fails', async () => {
      const failing = gate.database.transaction(async (sql) => {
        await writer.write(sql, [{ accountId: accountId(1), balance: balance(5n, 2) }]);
        throw new Error('the ledger refused');
      });
      await expect(failing).rejects.toThrow('the ledger refused');
      expect((await s.view()).balance.postedNanoUsd).toBe(1_000n);
      await gate.database.transaction((sql) =>
        writer.write(sql, [{ accountId: accountId(1), balance: balance(5n, 2) }]),
      );
      expect((await s.view()).balance.postedNanoUsd).toBe(5n);
    });

    it('knows a new account from the commit that creates it', async () => {
      const {
        epoch: _epoch,
        holds: _holds,
        ...created
      } = snapshotOf({
        accountId: accountId(2),
        workspaces: [{ workspaceId: workspaceId(2), status: 'active', monthlyBudgetNanoUsd: null, version: 1 }],
        keys: [keyOf(2, { workspaceId: workspaceId(2) })],
      });
      await gate.database.transaction((sql) => writer.write(sql, [created]));
      expect(await gate.store.findKey(keyOf(2).keyHash)).toMatchObject({ accountId: accountId(2) });
      expect(granted(await s.admit(1, 5n, { accountId: accountId(2), keyId: keyId(2) }))).toBe(5n);
    });

    it('refuses a balance above the ceiling together with the commit', async () => {
      const above = balance(9_000_000_000_000_001n, 2);
      const commit = gate.database.transaction((sql) =>
        writer.write(sql, [{ accountId: accountId(1), balance: above }]),
      );
      await expect(commit).rejects.toThrow('accounts_ceiling');
    });

    it('lets an admission wait for a commit that is on its way, and see it', async () => {
      const admission: Promise<unknown>[] = [];
      await gate.database.transaction(async (sql) => {
        await writer.write(sql, [{ accountId: accountId(1), balance: balance(70n, 2) }]);
        admission.push(s.admit(1, 500n, { leastNanoUsd: 1n }));
        await untilSomebodyWaits(gate.owner);
      });
      expect(await Promise.all(admission)).toMatchObject([{ outcome: 'granted', grantedNanoUsd: 70n }]);
    });
  });

  describe('in one call', () => {
    it('sends all operations of one turn in one round trip', async () => {
      const counted = countingDatabase(gate.database);
      const store = new PostgresHoldStore(counted.database);
      const { periods } = s.request(1, 1n);
      const replies = await Promise.all([
        store.admit(s.request(1, 10n)),
        store.admit(s.request(2, 10n)),
        store.resize({ accountId: accountId(1), holdId: holdId(9), targetNanoUsd: 0n, final: true, tokens: null }),
        store.renew({ holds: [renewal(3, 5n)], expiryMs: 1 }),
        store.read(accountId(1), keyId(1), periods, DEFAULTS),
      ]);
      expect(counted.statements()).toBe(1);
      expect(replies[4]).toMatchObject({ left: { heldNanoUsd: 25n } });
    });

    it('gathers what comes while its calls are on their way', async () => {
      const counted = countingDatabase(gate.database);
      const store = new PostgresHoldStore(counted.database, { callsMax: 1 });
      const first = store.admit(s.request(1, 1n));
      await new Promise(setImmediate);
      const later = Array.from({ length: 100 }, (_, index) => store.admit(s.request(index + 2, 1n)));
      await Promise.all([first, ...later]);
      expect(counted.statements()).toBe(2);
    });

    it('keeps what Postgres refuses about one account away from its neighbours', async () => {
      await gate.store.load(snapshotOf({ accountId: accountId(2), workspaces: [], keys: [] }));
      await s.admit(1, 10n);
      await gate.owner.query('ALTER TABLE gate.holds ADD CONSTRAINT damaged CHECK (amount_nano_usd <> 77)');
      const results = await Promise.allSettled([s.admit(2, 5n), s.admit(3, 77n), s.admit(4, 6n), s.grow(1, 12n)]);
      await gate.owner.query('ALTER TABLE gate.holds DROP CONSTRAINT damaged');
      expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
      expect(results[1]).toMatchObject({ reason: expect.any(HoldStoreUnavailable) });
      expect(await s.held()).toEqual({ 1: 12n, 2: 5n, 4: 6n });
    });
  });

  describe('away', () => {
    it('is told within the deadline, and an admission that nobody waits for is not sent', async () => {
      const store = new PostgresHoldStore(gate.database, { callTimeoutMs: 150, callsMax: 1, operationsMax: 1 });
      const answers: Promise<unknown>[] = [];
      await gate.owner.transaction(async (sql) => {
        await sql.query('SELECT FROM gate.accounts FOR UPDATE');
        answers.push(store.admit(s.request(1, 5n)).catch((error: unknown) => error));
        await untilSomebodyWaits(gate.owner);
        for (const number of [2, 3]) {
          answers.push(store.admit(s.request(number, 5n)).catch((error: unknown) => error));
        }
        for (const answer of answers) expect(await answer).toBeInstanceOf(HoldStoreUnavailable);
      });
      await store.close();
      expect(await s.held()).not.toHaveProperty('3');
    });

    it('rejects everything of a broken call with one typed error', async () => {
      const broken: Database = { ...refusing('the socket is closed'), close: () => Promise.resolve() };
      const store = new PostgresHoldStore(broken);
      const replies = await Promise.allSettled([
        store.admit(s.request(1, 5n)),
        store.renew({ holds: [{ ...listedHold(1, 5n), epoch: 1 }], expiryMs: 1 }),
        store.findKey('f'.repeat(64)),
        store.markExpired(1),
      ]);
      expect(replies).toEqual(
        replies.map(() => expect.objectContaining({ status: 'rejected', reason: expect.any(HoldStoreUnavailable) })),
      );
    });

    it('takes nothing after its close', async () => {
      const store = new PostgresHoldStore(gate.database);
      const last = store.admit(s.request(1, 5n));
      await store.close();
      expect(granted(await last)).toBe(5n);
      await expect(store.admit(s.request(2, 5n))).rejects.toThrow(HoldStoreUnavailable);
      await expect(store.inspect(accountId(1))).rejects.toThrow(HoldStoreUnavailable);
    });
  });

  describe('for each role', () => {
    it('lets the edge run requests and nothing else', async () => {
      const edge = await gate.testDatabase.database('edge_app');
      const store = new PostgresHoldStore(edge);
      expect(granted(await store.admit(s.request(1, 5n)))).toBe(5n);
      expect(await store.isHoldOpen(accountId(1), holdId(1))).toBe(true);
      await expect(store.apply([{ accountId: accountId(1), balance: balance(9n, 9) }])).rejects.toThrow('permission');
      await expect(store.markExpired(1)).rejects.toThrow('permission');
      await expect(store.inspect(accountId(1))).rejects.toThrow('permission');
    });

    it.each(['edge_app', 'billing_app', 'gate_app', 'router_app'] as const)('keeps %s off the tables', async (role) => {
      const stranger = await gate.testDatabase.database(role);
      for (const table of ['accounts', 'holds', 'keys', 'period_counters', 'tombstones']) {
        await expect(stranger.query(`SELECT * FROM gate.${table}`)).rejects.toThrow('permission denied');
      }
      await expect(stranger.query('UPDATE gate.accounts SET posted_nano_usd = 1')).rejects.toThrow('permission denied');
      await expect(stranger.query('SELECT gate.close_holds(NULL, NULL, 0)')).rejects.toThrow('permission denied');
    });

    it('lets nobody else in at all', async () => {
      const stranger = await gate.testDatabase.database('router_app');
      const store = new PostgresHoldStore(stranger);
      await expect(store.admit(s.request(1, 5n))).rejects.toThrow('permission denied');
      await expect(store.findKey(keyOf(1).keyHash)).rejects.toThrow('permission denied');
    });
  });

  describe('sweeping', () => {
    it('forgets tombstones after their ten minutes and counters of periods long past, and nothing that is held', async () => {
      await s.admit(1, 5n);
      await s.finish(2, 0n);
      const periods = ['total', '2026-09', '2026-09-30', '2026-10', '2025-W52', '2026-W01'].map(spend);
      await gate.store.apply([{ accountId: accountId(1), periods }]);
      await gate.store.markExpired(0);
      const kept = async () => (await s.view()).periods.map(({ period }) => period);
      expect(await kept()).toEqual(['2026-10', '2026-W01', 'total']);
      await gate.setClock(START_MS + 100 * 86_400_000);
      await gate.store.markExpired(0);
      expect(await gate.owner.query('SELECT FROM gate.tombstones')).toHaveLength(0);
      expect(await kept()).toEqual(['total']);
      expect((await s.view()).heldByPeriod.map(({ period }) => period)).toContain('2026-11-22');
      await gate.store.apply([{ accountId: accountId(1), closed: [holdId(1)] }]);
      expect((await s.view()).heldByPeriod).toEqual([]);
    });
  });
});

function balance(postedNanoUsd: bigint, version: number): GateBalance {
  return { postedNanoUsd, version, creditedNanoUsd: 1_000n, spentNanoUsd: 0n };
}

function spend(period: string): PeriodSpend {
  return { scope: 'key', scopeId: keyId(1), period, spentNanoUsd: 3n, version: 1 };
}

/** Resolves when a session of this database waits for a lock. */
async function untilSomebodyWaits(sql: Sql): Promise<void> {
  const waiting =
    'SELECT FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()';
  while ((await sql.query(waiting)).length === 0) await new Promise(setImmediate);
}

function countingDatabase(database: Database): { database: Database; statements: () => number } {
  let count = 0;
  return {
    statements: () => count,
    database: {
      query: (text, values) => {
        count++;
        return database.query(text, values);
      },
      transaction: (work) => database.transaction(work),
      listen: (channel, handle) => database.listen(channel, handle),
      close: () => database.close(),
    },
  };
}

function refusing(reason: string): Omit<Database, 'close'> {
  const refuse = () => Promise.reject(new Error(reason));
  return { query: refuse, transaction: refuse, listen: refuse };
}
