import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import {
  accountId,
  DEFAULTS,
  GateScenario,
  granted,
  holdId,
  keyId,
  keyOf,
  renewal,
  snapshotOf,
  START_MS,
  workspaceId,
} from './contract/gate-scenario.contract.js';
import { startRedisGate, type RedisGateUnderTest } from './contract/redis-gate.contract.js';
import type { AdmitReply, PeriodSpend } from './hold-store.js';
import { HoldStoreUnavailable } from './hold-store-unavailable.js';

const DAY_MS = 86_400_000;
const ASKED = 200;

let gate: RedisGateUnderTest;
let s: GateScenario;

beforeAll(async () => {
  gate = await startRedisGate();
  s = new GateScenario(gate);
});
afterAll(() => gate.close());
beforeEach(() => s.start());

/** Another edge, and how many calls it has made: each of them looks at the clock once. */
async function countingEdge(options: { operationsMax?: number } = {}) {
  let calls = 0;
  const store = gate.another({
    ...options,
    testClock: () => {
      calls++;
      return gate.now();
    },
  });
  await store.connected();
  return { store, calls: () => calls };
}

function tally(replies: readonly AdmitReply[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const reply of replies) counts[String(granted(reply))] = (counts[String(granted(reply))] ?? 0) + 1;
  return counts;
}

async function admitAll(amountNanoUsd: bigint, leastNanoUsd: bigint): Promise<AdmitReply[]> {
  const small = { operationsMax: 3, callsMax: 8 };
  const edges = [gate.another(small), gate.another(small)];
  await Promise.all(edges.map((edge) => edge.connected()));
  return Promise.all(
    Array.from({ length: ASKED }, (_, index) =>
      (edges[index % 2] ?? gate.store).admit(s.request(index + 1, amountNanoUsd, { leastNanoUsd })),
    ),
  );
}

function spend(period: string): PeriodSpend {
  return { scope: 'key', scopeId: keyId(1), period, spentNanoUsd: 3n, version: 1 };
}

async function listed(): Promise<string[]> {
  return (await s.view()).periods.map(({ period }) => period);
}

describe('one call', () => {
  it('takes all operations of one turn, releases first', async () => {
    const { periods } = s.request(1, 1n);
    await s.admit(8, 1_000n);
    const { store, calls } = await countingEdge();
    const releasing = { accountId: accountId(1), holdId: holdId(8), targetNanoUsd: 0n, final: true, tokens: null };
    const replies = await Promise.all([
      store.admit(s.request(1, 10n)),
      store.read(accountId(1), keyId(1), periods, DEFAULTS),
      store.findKey(keyOf(1).keyHash),
      store.isHoldOpen(accountId(1), holdId(8)),
      store.renew({ holds: [renewal(3, 5n)], expiryMs: 1 }),
      store.resize(releasing),
    ]);
    expect(calls()).toBe(1);
    expect(replies).toMatchObject([
      { grantedNanoUsd: 10n },
      { left: { heldNanoUsd: 15n } },
      { keyId: keyId(1) },
      false,
      { confirmed: new Set([holdId(3)]) },
      { grantedNanoUsd: 0n },
    ]);
  });

  it('takes so many at most: what is more goes in calls of its own', async () => {
    const { store, calls } = await countingEdge({ operationsMax: 50 });
    const holds = Array.from({ length: ASKED }, (_, index) => renewal(index + 1, 1n));
    await store.renew({ holds, expiryMs: 90_000 });
    expect(calls()).toBe(ASKED / 50);
  });

  it('keeps what is wrong with one account away from its neighbours', async () => {
    await gate.store.load(
      snapshotOf({ accountId: accountId(2), workspaces: [], keys: [keyOf(2, { workspaceId: workspaceId(1) })] }),
    );
    await gate.redis.hset(`${gate.prefix}{${accountId(2)}}`, 'b', 'damaged', `w:${workspaceId(1)}`, '1 active -');
    const damaged = s.admit(2, 5n, { accountId: accountId(2), keyId: keyId(2) });
    const results = await Promise.allSettled([s.admit(1, 5n), damaged, s.admit(3, 6n)]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: expect.any(HoldStoreUnavailable) });
    expect(await s.held()).toEqual({ 1: 5n, 3: 6n });
  });

  it('tells the ledger which account could not be told, and tells the others', async () => {
    const balance = { postedNanoUsd: 7n, version: 2, creditedNanoUsd: 7n, spentNanoUsd: 0n };
    await gate.redis.set(`${gate.prefix}{${accountId(2)}}`, 'damaged');
    const changes = [2, 1].map((number) => ({ accountId: accountId(number), balance }));
    await expect(gate.store.apply(changes)).rejects.toThrow(accountId(2));
    expect((await s.view()).balance).toEqual(balance);
  });

  it('refuses an amount above the ceiling before anything of the commit is told', async () => {
    const balance = { postedNanoUsd: 9_000_000_000_000_001n, version: 2, creditedNanoUsd: 0n, spentNanoUsd: 0n };
    await expect(gate.store.apply([{ accountId: accountId(1), balance }])).rejects.toThrow(RangeError);
  });

  it('is exact up to the ceiling', async () => {
    const ceiling = 9_000_000_000_000_000n;
    const balance = { postedNanoUsd: ceiling, version: 2, creditedNanoUsd: ceiling, spentNanoUsd: 0n };
    await gate.store.apply([{ accountId: accountId(1), balance }]);
    expect(granted(await s.admit(1, ceiling - 1n))).toBe(ceiling - 1n);
    expect(granted(await s.admit(2, 2n, { leastNanoUsd: 0n }))).toBe(1n);
    expect(await s.view()).toMatchObject({ balance, heldNanoUsd: ceiling });
  });
});

describe('200 requests of two edges at once', () => {
  it('on a balance with a remainder admit exactly what it affords', async () => {
    expect(tally(await admitAll(30n, 7n))).toEqual({ 30: 33, 10: 1, balance: 166 });
  });

  it('on the monthly cap of a key admit exactly what it affords', async () => {
    await s.start({ keys: [keyOf(1, { monthlyCapNanoUsd: 505n })] });
    expect(tally(await admitAll(50n, 5n))).toEqual({ 50: 10, 5: 1, key_cap: 189 });
  });
});

describe('what is not needed any more', () => {
  it('goes: counters 3 days after their period, and never what a hold counts in', async () => {
    const periods = ['total', '2026-11-20', '2026-11-21', '2026-11-22', '2026-W47', '2026-11'].map(spend);
    await gate.store.apply([{ accountId: accountId(1), periods }]);
    await s.admit(1, 5n);
    await gate.setClock(START_MS + 2.25 * DAY_MS);
    await gate.store.markExpired(0);
    expect(await listed()).toEqual(['2026-11', '2026-11-21', '2026-11-22', '2026-W47', 'total']);
    await gate.setClock(START_MS + 60 * DAY_MS);
    await gate.store.markExpired(0);
    expect(await listed()).toEqual(['2026-11', '2026-11-22', '2026-W47', 'total']);
    await gate.store.apply([{ accountId: accountId(1), closed: [holdId(1)] }]);
    await gate.setClock(START_MS + 61 * DAY_MS);
    await gate.store.markExpired(0);
    expect(await s.view()).toMatchObject({ periods: [{ period: 'total' }], heldByPeriod: [] });
  });

  it('goes by itself: tombstones, and what an account that nobody loads was told', async () => {
    await s.finish(1, 0n);
    await gate.store.apply([{ accountId: accountId(2), keys: [keyOf(2)], closed: [holdId(2)] }]);
    const keys = [`{${accountId(1)}}:t:${holdId(1)}`, `{${accountId(2)}}:t:${holdId(2)}`, `{${accountId(2)}}`];
    for (const key of keys) {
      const lifeMs = await gate.redis.pttl(`${gate.prefix}${key}`);
      expect(lifeMs).toBeGreaterThan(0);
      expect(lifeMs).toBeLessThanOrEqual(600_000);
    }
    expect(await gate.redis.pttl(`${gate.prefix}{${accountId(1)}}`)).toBe(-1);
  });
});
