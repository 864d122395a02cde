import { describe, expect, it } from '@jest/globals';

import {
  accountId,
  granted,
  holdId,
  keyId,
  keyOf,
  START_MS,
  renewal,
  renewedHold,
  type GateScenario,
} from './gate-scenario.contract.js';

export function describeRenewal(scenario: () => GateScenario): void {
  describe('renews', () => {
    itKeepsAlive(scenario);
    itCreatesAndEnds(scenario);
  });
}

function itKeepsAlive(scenario: () => GateScenario): void {
  it('the life of a running hold and of one whose settlement is not acknowledged', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 100n);
    await s.admit(2, 100n);
    await s.finish(2, 60n);
    await s.advance(80_000);
    const reply = await s.store.renew({ holds: [renewal(1, 100n), renewal(2, 60n)], expiryMs: 90_000 });
    expect(reply).toEqual({ epoch: 1, confirmed: new Set([holdId(1), holdId(2)]), gone: new Set() });
    await s.advance(89_999);
    expect(await s.store.markExpired(10)).toEqual([]);
    await s.advance(1);
    expect(await s.store.markExpired(10)).toHaveLength(2);
  });

  it('a hold that expired while nobody had marked it', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 100n);
    await s.advance(500_000);
    expect(await s.renew(1, 100n)).toBe('confirmed');
    expect(await s.store.markExpired(10)).toEqual([]);
  });

  it('nothing down: an older, smaller amount is confirmed and changes nothing', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 100n);
    await s.grow(1, 300n);
    expect(await s.renew(1, 100n)).toBe('confirmed');
    expect(await s.held()).toEqual({ 1: 300n });
  });

  it('never the amount of a final hold, and does not confirm more than it holds', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 300n);
    await s.finish(1, 100n);
    expect(await s.renew(1, 300n)).toBe('kept');
    expect(await s.renew(1, 100n)).toBe('confirmed');
    expect(await s.held()).toEqual({ 1: 100n });
    expect((await s.view()).running).toBe(0);
  });

  it('raises as growth would be granted, all or nothing', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { monthlyCapNanoUsd: 500n })] });
    await s.admit(1, 100n);
    expect(await s.renew(1, 501n)).toBe('kept');
    expect(await s.held()).toEqual({ 1: 100n });
    await s.advance(89_999);
    expect(await s.renew(1, 501n)).toBe('kept');
    await s.advance(89_999);
    expect(await s.store.markExpired(10)).toEqual([]);
    expect(await s.renew(1, 500n)).toBe('confirmed');
    expect(await s.held()).toEqual({ 1: 500n });
  });
}

function itCreatesAndEnds(scenario: () => GateScenario): void {
  it('nothing at all, and tells the epoch', async () => {
    const s = scenario();
    await s.start();
    expect(await s.store.renew({ holds: [], expiryMs: 90_000 })).toEqual({
      epoch: 1,
      confirmed: new Set(),
      gone: new Set(),
    });
  });

  it('what has ended is gone, and so is what was marked as expired', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 100n);
    await s.admit(2, 100n);
    await s.store.apply([{ accountId: accountId(1), closed: [holdId(1)] }]);
    await s.advance(90_000);
    await s.store.markExpired(10);
    expect(await s.renew(1, 100n)).toBe('gone');
    expect(await s.renew(2, 100n)).toBe('gone');
    expect(await s.held()).toEqual({ 2: 100n });
  });

  it('creates a hold that is not listed with its own periods, if it is affordable', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { dailyCapNanoUsd: 400n })] });
    const yesterday = { day: '2026-11-21', week: '2026-W47', month: '2026-11' };
    await s.admit(1, 300n);
    expect(await s.renew(2, 500n, { periods: yesterday, openedAt: START_MS - 50_000 })).toBe('kept');
    expect(await s.renew(2, 400n, { periods: yesterday, openedAt: START_MS - 50_000 })).toBe('confirmed');
    expect(await s.renew(3, 301n, { periods: { ...yesterday, day: '2026-11-20' } })).toBe('kept');
    expect((await s.view()).holds).toContainEqual({
      ...renewedHold(2, 400n, { periods: yesterday, openedAt: START_MS - 50_000 }),
      expiresAt: START_MS + 90_000,
      final: false,
    });
    expect((await s.view()).running).toBe(2);
    expect(granted(await s.admit(4, 400n, { leastNanoUsd: 1n }))).toBe(100n);
  });

  it('creates nothing for a key or an account that it does not know', async () => {
    const s = scenario();
    await s.start();
    expect(await s.renew(1, 5n, { keyId: keyId(9) })).toBe('kept');
    expect(await s.renew(1, 5n, { accountId: accountId(9) })).toBe('kept');
  });

  it('a created hold takes no request and no tokens of the rate limits', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1)] });
    await s.renew(1, 5n);
    expect(await s.admit(2, 5n)).toMatchObject({ left: { requests: { remaining: 59_999 } } });
  });

  it('many at once, each with its own verdict', async () => {
    const s = scenario();
    await s.start();
    const numbers = Array.from({ length: 300 }, (_, index) => index + 1);
    await Promise.all(numbers.slice(0, 100).map((number) => s.admit(number, 1n)));
    await s.store.apply([{ accountId: accountId(1), closed: [holdId(300)] }]);
    const { confirmed, gone } = await s.store.renew({
      holds: numbers.map((number) => renewal(number, number <= 100 ? 1n : 5n)),
      expiryMs: 90_000,
    });
    expect(gone).toEqual(new Set([holdId(300)]));
    expect(confirmed.size).toBe(100 + 180);
    expect((await s.view()).heldNanoUsd).toBe(1_000n);
  });
}
