import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Database } from '@apilink/postgres';

import { accountId, EXPIRY_MS, GateScenario, holdId } from './contract/gate-scenario.contract.js';
import { startPostgresGate, type PostgresGateUnderTest } from './contract/postgres-gate.contract.js';

/** Interleavings that cannot be left to chance: the account's row is held by hand until both sides wait for it. */
describe('two sides that meet at the lock of an account', () => {
  let gate: PostgresGateUnderTest;
  let s: GateScenario;

  beforeAll(async () => {
    gate = await startPostgresGate();
    s = new GateScenario(gate);
  });
  afterAll(() => gate.close());
  beforeEach(() => s.start());

  /** Holds the row while `ask` queues up behind it, one after the other, in this order. */
  async function behindTheLock<Reply>(asks: readonly (() => Promise<Reply>)[]): Promise<readonly Reply[]> {
    const asked: Promise<Reply>[] = [];
    await gate.owner.transaction(async (sql) => {
      await sql.query('SELECT gate.lock_accounts($1)', [[accountId(1)]]);
      for (const ask of asks) {
        asked.push(ask());
        await untilWaiting(gate.database, asked.length);
      }
    });
    return Promise.all(asked);
  }

  function end(number: number): Promise<void> {
    return gate.store.apply([{ accountId: accountId(1), closed: [holdId(number)] }]);
  }

  it('a renewal that comes first keeps its hold from the reaper, which looked before', async () => {
    await s.admit(1, 10n);
    await s.advance(EXPIRY_MS);
    const [renewed, marked] = await behindTheLock<unknown>([() => s.renew(1, 10n), () => gate.store.markExpired(10)]);
    expect([renewed, marked]).toEqual(['confirmed', []]);
    expect(await s.renew(1, 10n)).toBe('confirmed');
  });

  it('a mark that comes first is told to the renewal that waited behind it', async () => {
    await s.admit(1, 10n);
    await s.advance(EXPIRY_MS);
    const [marked, renewed] = await behindTheLock<unknown>([() => gate.store.markExpired(10), () => s.renew(1, 10n)]);
    expect(marked).toEqual([expect.objectContaining({ holdId: holdId(1) })]);
    expect(renewed).toBe('gone');
  });

  it('two reapers free the slot of a hold once', async () => {
    await s.admit(1, 10n);
    await s.advance(EXPIRY_MS);
    await behindTheLock<unknown>([() => gate.store.markExpired(10), () => gate.store.markExpired(10)]);
    expect(await s.view()).toMatchObject({ running: 0, heldNanoUsd: 10n });
  });

  it('an end and a final resize count what was freed once, whichever comes first', async () => {
    for (const asks of [
      [() => end(1), () => s.finish(1, 4n)],
      [() => s.finish(1, 4n), () => end(1)],
    ]) {
      await s.start();
      await s.admit(1, 10n);
      await behindTheLock<unknown>(asks);
      expect(await s.view()).toMatchObject({ running: 0, heldNanoUsd: 0n, heldByPeriod: [], holds: [] });
    }
  });

  it('a reaper that sweeps old tombstones never waits in a ring with the end of such a hold', async () => {
    await s.admit(1, 10n);
    await s.finish(2, 0n);
    await s.advance(EXPIRY_MS + 600_000);
    const marking: Promise<unknown>[] = [];
    await gate.database.transaction(async (sql) => {
      await sql.query('SELECT gate.apply($1::jsonb)', [JSON.stringify([{ accountId: accountId(1), closed: [] }])]);
      marking.push(gate.store.markExpired(10));
      await untilWaiting(gate.owner, 1);
      const closing = [{ accountId: accountId(1), closed: [holdId(2)] }];
      await sql.query('SELECT gate.apply($1::jsonb)', [JSON.stringify(closing)]);
    });
    expect(await Promise.all(marking)).toEqual([[expect.objectContaining({ holdId: holdId(1) })]]);
    expect(await s.renew(2, 1n)).toBe('gone');
  });
});

/** Until so many of this database's sessions wait for a lock. */
async function untilWaiting(database: Database, sessions: number): Promise<void> {
  const waiting = `SELECT DISTINCT pid FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE NOT granted AND datname = current_database()`;
  while ((await database.query(waiting)).length < sessions) await new Promise(setImmediate);
}
