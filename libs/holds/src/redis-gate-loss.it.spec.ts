import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import {
  accountId,
  EXPIRY_MS,
  GateScenario,
  granted,
  holdId,
  keyId,
  keyOf,
  listedHold,
  renewal,
  reservation,
  snapshotOf,
  START_MS,
} from './contract/gate-scenario.contract.js';
import { QUIET_MS, startRedisGate, type RedisGateUnderTest } from './contract/redis-gate.contract.js';
import { HoldStoreUnavailable } from './hold-store-unavailable.js';

let gate: RedisGateUnderTest;
let s: GateScenario;

beforeAll(async () => {
  gate = await startRedisGate();
  s = new GateScenario(gate);
});
afterAll(() => gate.close());
beforeEach(() => s.start());

/** Everything is forgotten, epoch 2 has begun and the account is loaded again, without the holds of its edges. */
async function loseAndLoad(): Promise<void> {
  await gate.lose();
  await gate.begin(2);
  expect(await gate.store.load(snapshotOf({ epoch: 2 }))).toBe('loaded');
}

describe('a gate without an epoch', () => {
  it('answers everything with not_loaded and confirms nothing, also what it still has', async () => {
    await s.admit(1, 100n);
    await gate.redis.del(`${gate.prefix}epoch`);
    const { periods, defaults } = s.request(1, 1n);
    expect(await s.admit(1, 100n)).toEqual({ outcome: 'not_loaded' });
    expect(await s.admit(2, 1n)).toEqual({ outcome: 'not_loaded' });
    expect(await s.grow(1, 200n)).toEqual({ outcome: 'not_loaded' });
    expect(await s.finish(1, 0n)).toEqual({ outcome: 'not_loaded' });
    expect(await gate.store.renew({ holds: [renewal(1, 100n)], expiryMs: EXPIRY_MS })).toEqual({
      epoch: 0,
      confirmed: new Set(),
      gone: new Set(),
    });
    expect(await gate.store.read(accountId(1), keyId(1), periods, defaults)).toEqual({ outcome: 'not_loaded' });
    expect(await gate.store.findKey(keyOf(1).keyHash)).toBeNull();
    await expect(gate.store.isHoldOpen(accountId(1), holdId(1))).rejects.toThrow(HoldStoreUnavailable);
    expect(await gate.store.inspect(accountId(1))).toBeNull();
    expect(await gate.store.listAccounts(null, 10)).toEqual([]);
    expect(await gate.store.load(snapshotOf())).toBe('other_epoch');
    await s.advance(EXPIRY_MS);
    expect(await gate.store.markExpired(10)).toEqual([]);
    expect(await gate.store.reserve(reservation(3, 1n))).toEqual({ outcome: 'not_loaded' });
    expect(await gate.store.restore(listedHold(3, 1n))).toBe('not_loaded');
  });

  it('takes no change of the ledger as told, so that its writer tells it again', async () => {
    await gate.lose();
    await expect(gate.store.apply([{ accountId: accountId(1), closed: [holdId(1)] }])).rejects.toThrow(
      HoldStoreUnavailable,
    );
    expect(await gate.redis.keys(`${gate.prefix}*`)).toEqual([]);
  });

  it('is told by its standing', async () => {
    expect(await gate.store.standing()).toMatchObject({ epoch: 1, quietUntil: 0, now: START_MS });
    await gate.lose();
    expect(await gate.store.standing()).toMatchObject({ epoch: null, epochRunId: null, quietUntil: null });
  });

  it('begins an epoch of its present run only, and never an older one', async () => {
    const { runId } = await gate.store.standing();
    const next = { epoch: 2, runId, quietMs: QUIET_MS, awaitsComparison: false };
    expect(await gate.store.beginEpoch({ ...next, runId: 'f'.repeat(40) })).toBe('other_run');
    expect(await gate.store.beginEpoch({ ...next, epoch: 1 })).toBe('older');
    expect(await gate.store.beginEpoch(next)).toBe('begun');
    expect(await gate.store.beginEpoch(next)).toBe('older');
    expect(await gate.store.standing()).toMatchObject({
      epoch: 2,
      epochRunId: runId,
      quietUntil: s.gate.now() + QUIET_MS,
    });
  });

  it('does not go by the epoch of another run', async () => {
    await gate.redis.hset(`${gate.prefix}epoch`, 'run', 'f'.repeat(40));
    expect(await s.admit(1, 1n)).toEqual({ outcome: 'not_loaded' });
    expect(await gate.store.standing()).toMatchObject({ epoch: 1, epochRunId: 'f'.repeat(40) });
  });

  it('tells another epoch with the first answer that shows it', async () => {
    const seen: number[] = [];
    const other = gate.another();
    other.onEpoch((epoch) => seen.push(epoch));
    await other.connected();
    await other.admit(s.request(1, 1n));
    await other.admit(s.request(2, 1n));
    await gate.lose();
    await other.admit(s.request(3, 1n));
    await gate.begin(2);
    await other.admit(s.request(4, 1n));
    expect(seen).toEqual([1, 2]);
  });
});

describe('in the interval after a loss', () => {
  it('nothing is admitted, known account or not, and then again', async () => {
    await gate.lose();
    await gate.begin(2);
    expect(await s.admit(1, 1n)).toEqual({ outcome: 'not_loaded' });
    await gate.store.load(snapshotOf({ epoch: 2 }));
    expect(await s.admit(1, 1n)).toEqual({ outcome: 'quiet' });
    await s.advance(QUIET_MS - 1);
    expect(await s.admit(1, 1n)).toEqual({ outcome: 'quiet' });
    await s.advance(1);
    expect(await s.admit(1, 1n)).toMatchObject({ outcome: 'granted', epoch: 2 });
  });

  it('a load of another epoch is refused', async () => {
    await gate.lose();
    await gate.begin(2);
    expect(await gate.store.load(snapshotOf({ epoch: 1 }))).toBe('other_epoch');
    expect(await gate.store.inspect(accountId(1))).toBeNull();
  });

  it('growth is refused and told as such, also that of final, while final may lower', async () => {
    await loseAndLoad();
    expect(await s.renew(1, 300n)).toBe('confirmed');
    expect(await s.renew(2, 300n)).toBe('confirmed');
    expect(await s.grow(1, 400n)).toMatchObject({ outcome: 'resized', grantedNanoUsd: 300n, quiet: true, epoch: 2 });
    expect(await s.finish(1, 400n)).toMatchObject({ grantedNanoUsd: 300n, quiet: true });
    expect(await s.finish(2, 200n)).toMatchObject({ grantedNanoUsd: 200n, quiet: false });
    await s.advance(QUIET_MS);
    expect(await s.finish(1, 400n)).toMatchObject({ grantedNanoUsd: 300n, quiet: false });
  });

  it('a renewal brings back what was held before, without asking, and grows it to what it was', async () => {
    await loseAndLoad();
    expect(await s.renew(1, 700n)).toBe('confirmed');
    expect(await s.renew(2, 300n)).toBe('confirmed');
    await s.advance(QUIET_MS);
    expect(granted(await s.admit(3, 1n))).toBe('balance');
    expect(await s.renew(1, 701n)).toBe('kept');
    expect(await s.renew(4, 1n)).toBe('kept');
    expect(await s.held()).toEqual({ 1: 700n, 2: 300n });
  });

  it('a renewal of an edge that was cut off since an older epoch is not believed: others may have got the room', async () => {
    await loseAndLoad();
    await s.advance(QUIET_MS);
    expect(granted(await s.admit(1, 600n))).toBe(600n);
    await gate.lose();
    await gate.begin(3);
    // The account is not loaded yet: what is believed of it is kept for its load.
    expect(await s.renew(2, 500n, { epoch: 1 })).toBe('kept');
    expect(await s.renew(1, 600n, { epoch: 2 })).toBe('confirmed');
    expect(await gate.store.load(snapshotOf({ epoch: 3 }))).toBe('loaded');
    expect(await s.renew(2, 500n, { epoch: 1 })).toBe('kept');
    expect(await s.held()).toEqual({ 1: 600n });
    await s.advance(QUIET_MS);
    expect(await s.renew(2, 401n, { epoch: 1 })).toBe('kept');
    expect(await s.renew(2, 400n, { epoch: 1 })).toBe('confirmed');
  });

  it('a renewal after it takes only what growth would be granted, all or nothing', async () => {
    await loseAndLoad();
    await s.advance(QUIET_MS);
    expect(granted(await s.admit(1, 600n))).toBe(600n);
    expect(await s.renew(2, 401n)).toBe('kept');
    expect(await s.renew(2, 400n)).toBe('confirmed');
    expect((await s.view()).heldNanoUsd).toBe(1_000n);
  });

  it('nothing expires: its edge may be about to renew it', async () => {
    await s.admit(1, 100n);
    await s.advance(EXPIRY_MS);
    await gate.begin(2);
    expect(await gate.store.markExpired(10)).toEqual([]);
    await s.advance(QUIET_MS);
    expect(await gate.store.markExpired(10)).toHaveLength(1);
  });

  it('no late settlement takes a hold, and one that it has is told later', async () => {
    await gate.store.reserve(reservation(1, 100n));
    await gate.begin(2);
    expect(await gate.store.reserve(reservation(1, 100n))).toEqual({ outcome: 'not_loaded' });
    expect(await gate.store.reserve(reservation(2, 100n))).toEqual({ outcome: 'not_loaded' });
    await s.advance(QUIET_MS);
    expect(await gate.store.reserve(reservation(1, 900n))).toEqual({
      outcome: 'reserved',
      grantedNanoUsd: 100n,
      epoch: 2,
    });
  });

  it('confirms of one renewal only what the newest epoch confirmed', async () => {
    let calls = 0;
    const others: Promise<unknown>[] = [];
    const { runId } = await gate.store.standing();
    const other = gate.another({
      operationsMax: 1,
      callsMax: 1,
      testClock: () => {
        if (++calls === 2) {
          others.push(other.beginEpoch({ epoch: 2, runId, quietMs: QUIET_MS, awaitsComparison: false }));
        }
        return gate.now();
      },
    });
    await other.connected();
    const reply = await other.renew({ holds: [renewal(1, 5n), renewal(2, 5n)], expiryMs: EXPIRY_MS });
    await Promise.all(others);
    expect(reply).toEqual({ epoch: 2, confirmed: new Set([holdId(2)]), gone: new Set() });
  });
});

describe('an account that is not loaded', () => {
  it('keeps what its edges renew for the load, and confirms it within the interval', async () => {
    await gate.lose();
    await gate.begin(2);
    expect(await s.renew(1, 400n)).toBe('confirmed');
    expect(await s.renew(1, 300n)).toBe('confirmed');
    expect(await gate.store.isHoldOpen(accountId(1), holdId(1))).toBe(true);
    await gate.store.load(snapshotOf({ epoch: 2, holds: [listedHold(1, 100n), listedHold(2, 50n)] }));
    expect(await s.held()).toEqual({ 1: 400n, 2: 50n });
    await s.advance(QUIET_MS);
    expect(granted(await s.admit(3, 551n))).toBe('balance');
    expect((await gate.store.markExpired(10)).map((hold) => hold.holdId)).toEqual([holdId(2)]);
    expect(await s.finish(1, 0n)).toMatchObject({ left: { heldNanoUsd: 50n } });
  });

  it('keeps a renewal after the interval too, but speaks for it only when it is loaded', async () => {
    await gate.lose();
    await gate.begin(2);
    await s.advance(QUIET_MS);
    expect(await s.renew(1, 400n)).toBe('kept');
    await gate.store.load(snapshotOf({ epoch: 2 }));
    expect(await s.held()).toEqual({ 1: 400n });
    expect(await s.renew(1, 400n)).toBe('confirmed');
  });

  it('opens nothing that was released or ended before its load', async () => {
    await gate.lose();
    await gate.begin(2);
    await s.renew(1, 400n);
    await s.renew(2, 400n);
    expect(granted(await s.finish(1, 0n))).toBe('not_loaded');
    await gate.store.apply([{ accountId: accountId(1), closed: [holdId(2)] }]);
    await gate.store.load(snapshotOf({ epoch: 2, holds: [listedHold(1, 400n), listedHold(2, 400n)] }));
    expect(await s.held()).toEqual({});
    expect(await s.renew(1, 400n)).toBe('gone');
  });

  it('remembers what commits told it, for a load that has read the ledger before them', async () => {
    await gate.lose();
    await gate.begin(2);
    const newer = { postedNanoUsd: 200n, version: 2, creditedNanoUsd: 1_000n, spentNanoUsd: 800n };
    const spend = { scope: 'key', scopeId: keyId(1), period: '2026-11', spentNanoUsd: 800n, version: 2 } as const;
    const revoked = keyOf(1, { status: 'revoked', version: 2 });
    await gate.store.apply([{ accountId: accountId(1), balance: newer, periods: [spend], keys: [revoked] }]);
    expect(await gate.store.inspect(accountId(1))).toBeNull();
    await gate.store.load(snapshotOf({ epoch: 2, periods: [{ ...spend, spentNanoUsd: 0n, version: 1 }] }));
    expect(await s.view()).toMatchObject({ balance: newer, periods: [spend], keys: [revoked] });
  });

  it('confirms what its load has listed to an edge of an older epoch only when all of it is covered', async () => {
    for (const epoch of [2, 3]) {
      await gate.lose();
      await gate.begin(epoch);
    }
    const spent = { postedNanoUsd: 0n, version: 1, creditedNanoUsd: 1_000n, spentNanoUsd: 1_000n };
    await gate.store.load(snapshotOf({ epoch: 3, balance: spent, holds: [listedHold(1, 400n)] }));
    expect(await s.renew(1, 400n, { epoch: 1 })).toBe('kept');
    await s.advance(QUIET_MS);
    expect(await s.renew(1, 400n, { epoch: 1 })).toBe('kept');
    const toppedUp = { ...spent, postedNanoUsd: 400n, version: 2, creditedNanoUsd: 1_400n };
    await gate.store.apply([{ accountId: accountId(1), balance: toppedUp }]);
    expect(await s.renew(1, 400n, { epoch: 1 })).toBe('confirmed');
  });

  it('is loaded with more keys than one script takes', async () => {
    const keys = Array.from({ length: 450 }, (_, index) => keyOf(index + 1));
    await gate.lose();
    await gate.begin(2);
    expect(await gate.store.load(snapshotOf({ epoch: 2, keys, holds: [listedHold(1, 5n)] }))).toBe('loaded');
    expect(await s.view()).toMatchObject({ keys, heldNanoUsd: 5n });
    expect(await gate.store.load(snapshotOf({ epoch: 2, keys }))).toBe('exists');
    expect(await gate.store.load(snapshotOf({ epoch: 3, keys }))).toBe('other_epoch');
    expect(await gate.store.findKey(keyOf(450).keyHash)).toMatchObject({ keyId: keyId(450) });
  });
});
