import { describe, expect, it } from '@jest/globals';

import type { PeriodSpend } from '../hold-store.js';
import {
  accountId,
  granted,
  holdId,
  keyId,
  keyOf,
  workspaceId,
  workspaceOf,
  type GateScenario,
} from './gate-scenario.contract.js';

export function describeResizing(scenario: () => GateScenario): void {
  describe('resizes', () => {
    itGrows(scenario);
    itFreezes(scenario);
  });
  describe('releases', () => {
    itReleases(scenario);
  });
  itTells(scenario);
}

function itGrows(scenario: () => GateScenario): void {
  it('to an absolute target, so that a repeated growth grows once', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 100n);
    expect(await s.grow(1, 250n)).toMatchObject({
      outcome: 'resized',
      grantedNanoUsd: 250n,
      epoch: 1,
      quiet: false,
      left: { heldNanoUsd: 250n },
    });
    expect(granted(await s.grow(1, 250n))).toBe(250n);
    expect(await s.held()).toEqual({ 1: 250n });
  });

  it('as far as the balance affords', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 600n);
    await s.admit(2, 300n);
    expect(granted(await s.grow(1, 900n))).toBe(700n);
    expect(granted(await s.grow(1, 900n))).toBe(700n);
    expect(granted(await s.grow(2, 301n))).toBe(300n);
  });

  it('as far as the caps of its own periods and the budget of its workspace afford', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { dailyCapNanoUsd: 150n })] });
    await s.admit(1, 100n);
    await s.advance(16 * 3_600_000);
    await s.admit(2, 120n);
    expect(granted(await s.grow(1, 400n))).toBe(150n);
    expect(granted(await s.grow(2, 400n))).toBe(150n);
    await s.start({ workspaces: [workspaceOf(1, { monthlyBudgetNanoUsd: 170n })] });
    await s.admit(1, 100n);
    expect(granted(await s.grow(1, 400n))).toBe(170n);
  });

  it('never shrinks a hold when a chargeback took the balance below what is held', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 600n);
    const chargedBack = { postedNanoUsd: -100n, version: 2, creditedNanoUsd: -100n, spentNanoUsd: 0n };
    await s.store.apply([{ accountId: accountId(1), balance: chargedBack }]);
    expect(granted(await s.grow(1, 601n))).toBe(600n);
    expect(granted(await s.finish(1, 900n))).toBe(600n);
  });

  it('never down without final: a late, smaller target leaves the hold and is told its amount', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 100n);
    await s.grow(1, 300n);
    expect(granted(await s.grow(1, 200n))).toBe(300n);
    expect(granted(await s.grow(1, 0n))).toBe(300n);
  });
}

function itFreezes(scenario: () => GateScenario): void {
  it('final lowers or grows to the actual, then freezes', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 100n);
    await s.admit(2, 100n);
    expect(granted(await s.finish(1, 40n))).toBe(40n);
    expect(granted(await s.finish(1, 90n))).toBe(40n);
    expect(granted(await s.grow(1, 90n))).toBe(40n);
    expect(granted(await s.finish(2, 2_000n))).toBe(960n);
    expect(await s.held()).toEqual({ 1: 40n, 2: 960n });
    expect((await s.view()).running).toBe(0);
  });

  it('a hold that ended, or is not known, is gone; of an unknown account it is not loaded', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 100n);
    await s.store.apply([{ accountId: accountId(1), closed: [holdId(1)] }]);
    expect(granted(await s.grow(1, 200n))).toBe('gone');
    expect(granted(await s.finish(1, 200n))).toBe('gone');
    expect(granted(await s.grow(2, 200n))).toBe('gone');
    const elsewhere = { accountId: accountId(9), holdId: holdId(1), targetNanoUsd: 5n, final: false, tokens: null };
    expect(granted(await s.store.resize(elsewhere))).toBe('not_loaded');
    expect(await s.held()).toEqual({});
  });

  it('a hold that was marked as expired while its final is on its way', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 100n);
    await s.advance(90_000);
    await s.store.markExpired(10);
    expect(granted(await s.finish(1, 150n))).toBe(150n);
  });
}

function itReleases(scenario: () => GateScenario): void {
  it('what is held, everywhere it counted, and answers the same again', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { monthlyCapNanoUsd: 500n })] });
    await s.admit(1, 400n);
    expect(await s.finish(1, 0n)).toMatchObject({
      grantedNanoUsd: 0n,
      left: { heldNanoUsd: 0n, keyCapRemainingNanoUsd: 500n },
    });
    expect(granted(await s.finish(1, 0n))).toBe(0n);
    expect(await s.view()).toMatchObject({ heldNanoUsd: 0n, running: 0, holds: [], heldByPeriod: [] });
    expect((await s.admit(1, 400n)).outcome).toBe('gone');
  });

  it('a hold whose admission was never seen, so that a late one opens nothing', async () => {
    const s = scenario();
    await s.start();
    expect(await s.finish(7, 0n)).toMatchObject({
      grantedNanoUsd: 0n,
      left: { postedNanoUsd: 1_000n, keyCapRemainingNanoUsd: null, requests: { limit: 0 } },
    });
    expect((await s.admit(7, 400n)).outcome).toBe('gone');
    expect(await s.renew(7, 400n)).toBe('gone');
    expect(await s.held()).toEqual({});
  });

  it('also for an account that the gate does not know yet', async () => {
    const s = scenario();
    await s.gate.reset();
    expect(granted(await s.finish(7, 0n))).toBe('not_loaded');
  });

  it('a final hold whose request turned out to cost nothing', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 400n);
    await s.finish(1, 300n);
    expect(await s.finish(1, 0n)).toMatchObject({ grantedNanoUsd: 0n, left: { heldNanoUsd: 0n } });
    expect(await s.held()).toEqual({});
  });

  it('and remembers the id for ten minutes', async () => {
    const s = scenario();
    await s.start();
    await s.finish(1, 0n);
    await s.advance(10 * 60_000 - 1);
    expect((await s.admit(1, 5n)).outcome).toBe('gone');
    await s.advance(1);
    expect((await s.admit(1, 5n)).outcome).toBe('granted');
  });

  it('in one turn with an admission, which may take what is freed', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 1_000n);
    const [, admitted] = await Promise.all([s.finish(1, 0n), s.admit(2, 900n)]);
    expect(granted(admitted)).toBe(900n);
  });
}

function itTells(scenario: () => GateScenario): void {
  it('says whether a hold is open: listed and not final', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 5n);
    expect(await s.store.isHoldOpen(accountId(1), holdId(1))).toBe(true);
    expect(await s.store.isHoldOpen(accountId(2), holdId(1))).toBe(false);
    expect(await s.store.isHoldOpen(accountId(1), holdId(2))).toBe(false);
    await s.finish(1, 5n);
    expect(await s.store.isHoldOpen(accountId(1), holdId(1))).toBe(false);
  });

  it('reads what a key has spent, holds and may still do', async () => {
    const s = scenario();
    await s.start({
      keys: [keyOf(1, { weeklyCapNanoUsd: 90n })],
      periods: [spend('total', 70n), spend('2026-11-22', 10n), spend('2026-W47', 20n), spend('2026-11', 30n)],
    });
    await s.admit(1, 5n, { tokens: 9 });
    const { periods, defaults } = s.request(2, 1n);
    expect(await s.store.read(accountId(1), keyId(1), periods, defaults)).toMatchObject({
      outcome: 'read',
      left: { heldNanoUsd: 5n, keyCapRemainingNanoUsd: 65n, requests: { remaining: 59_999 } },
      key: keyOf(1, { weeklyCapNanoUsd: 90n }),
      keySpentNanoUsd: { total: 70n, day: 10n, week: 20n, month: 30n },
      keyHeldNanoUsd: 5n,
      blocked: null,
    });
    expect(await s.store.read(accountId(1), keyId(2), periods, defaults)).toEqual({ outcome: 'not_loaded' });
  });

  it('finds a key by the hash of its text', async () => {
    const s = scenario();
    await s.start({ account: { status: 'active', timeZone: 'Asia/Shanghai', concurrency: null, version: 1 } });
    expect(await s.store.findKey(keyOf(1).keyHash)).toEqual({
      accountId: accountId(1),
      workspaceId: workspaceId(1),
      keyId: keyId(1),
      timeZone: 'Asia/Shanghai',
    });
    expect(await s.store.findKey('f'.repeat(64))).toBeNull();
  });
}

function spend(period: string, spentNanoUsd: bigint): PeriodSpend {
  return { scope: 'key', scopeId: keyId(1), period, spentNanoUsd, version: 1 };
}
