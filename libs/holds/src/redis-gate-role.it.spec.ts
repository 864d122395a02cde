import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import {
  accountId,
  EXPIRY_MS,
  GateScenario,
  granted,
  keyOf,
  listedHold,
  snapshotOf,
} from './contract/gate-scenario.contract.js';
import { QUIET_MS, startRedisGate, type RedisGateUnderTest } from './contract/redis-gate.contract.js';

let gate: RedisGateUnderTest;
let s: GateScenario;

beforeAll(async () => {
  gate = await startRedisGate();
  s = new GateScenario(gate);
});
afterAll(() => gate.close());
beforeEach(() => s.start());

describe('after a change of role', () => {
  beforeEach(async () => {
    await s.admit(1, 300n);
    await gate.begin(2, true);
    await s.advance(QUIET_MS);
  });

  it('an account that it kept stays quiet until its comparison with the ledger, also past the interval', async () => {
    expect(await s.admit(2, 1n)).toEqual({ outcome: 'quiet' });
    expect(await s.grow(1, 400n)).toMatchObject({ grantedNanoUsd: 300n, quiet: true });
    await gate.store.endComparison(accountId(1), 1);
    expect(await s.admit(2, 1n)).toEqual({ outcome: 'quiet' });
    await gate.store.endComparison(accountId(1), 2);
    expect(granted(await s.admit(2, 1n))).toBe(1n);
    expect(granted(await s.grow(1, 400n))).toBe(400n);
  });

  it('until then a renewal confirms what is listed and takes no more', async () => {
    expect(await s.renew(1, 300n)).toBe('confirmed');
    expect(await s.renew(1, 301n)).toBe('kept');
    expect(await s.renew(2, 1n)).toBe('kept');
  });

  it('the comparison restores what the lost primary had admitted, without asking', async () => {
    expect(await gate.store.restore(listedHold(2, 900n))).toBe('restored');
    await gate.store.endComparison(accountId(1), 2);
    expect(granted(await s.admit(3, 1n))).toBe('balance');
    expect(await gate.store.restore(listedHold(4, 1n))).toBe('gone');
  });

  it('an account that is loaded in the new epoch needs no comparison', async () => {
    await gate.redis.del(`${gate.prefix}{${accountId(1)}}`);
    await gate.store.load(snapshotOf({ epoch: 2 }));
    expect(granted(await s.admit(2, 1n))).toBe(1n);
  });
});

describe('a mark of an earlier epoch', () => {
  it('counts no more: its edge renews the hold, which takes its slot again', async () => {
    await s.start({ keys: [keyOf(1, { concurrency: 2 })] });
    await s.admit(1, 100n);
    await s.advance(EXPIRY_MS);
    expect(await gate.store.markExpired(10)).toHaveLength(1);
    expect(await s.renew(1, 100n)).toBe('gone');
    await gate.begin(2);
    expect(await s.renew(1, 100n)).toBe('confirmed');
    expect((await s.view()).running).toBe(1);
    await s.advance(QUIET_MS);
    expect(await gate.store.markExpired(10)).toEqual([]);
    expect(granted(await s.admit(2, 1n))).toBe(1n);
    expect(granted(await s.admit(3, 1n))).toBe('key_concurrency');
    await s.advance(EXPIRY_MS);
    expect(await gate.store.markExpired(10)).toHaveLength(2);
  });

  it('is made again by the reaper, which begins afresh', async () => {
    await s.admit(1, 100n);
    await s.advance(EXPIRY_MS);
    await gate.store.markExpired(10);
    await gate.begin(2);
    await s.advance(QUIET_MS);
    expect(await gate.store.markExpired(10)).toHaveLength(1);
    expect(await s.renew(1, 100n)).toBe('gone');
    expect((await s.view()).running).toBe(0);
  });
});
