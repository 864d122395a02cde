import { describe, expect, it } from '@jest/globals';

import type { GateKey } from '../hold-store.js';
import { periodCandidates } from '../period-candidates.js';
import {
  accountId,
  granted,
  holdId,
  keyId,
  keyOf,
  snapshotOf,
  START_MS,
  workspaceId,
  workspaceOf,
  renewedHold,
  type GateScenario,
} from './gate-scenario.contract.js';

const HOUR_MS = 3_600_000;

export function describeAdmission(scenario: () => GateScenario): void {
  describe('admits', () => {
    itAdmitsWithinTheBalance(scenario);
    itAdmitsEachIdOnce(scenario);
  });
  describe('refuses by status', () => {
    itRefusesByStatus(scenario);
  });
  describe('caps', () => {
    itKeepsCaps(scenario);
    itBeginsCapsAnew(scenario);
  });
  itRefusesWrongNumbers(scenario);
}

function itAdmitsWithinTheBalance(scenario: () => GateScenario): void {
  it('within the balance and tells everything that the edge puts on the request', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { models: ['a/b'], monthlyCapNanoUsd: 500n, requestsPerMinute: 10 })] });
    expect(await s.admit(1, 300n, { tokens: 25 })).toEqual({
      outcome: 'granted',
      grantedNanoUsd: 300n,
      admittedAt: START_MS,
      periods: { day: '2026-11-22', week: '2026-W47', month: '2026-11' },
      epoch: 1,
      workspaceId: workspaceId(1),
      models: ['a/b'],
      left: {
        postedNanoUsd: 1_000n,
        heldNanoUsd: 300n,
        creditedNanoUsd: 1_000n,
        spentNanoUsd: 0n,
        keyCapRemainingNanoUsd: 200n,
        caps: {
          daily: null,
          weekly: null,
          monthly: { limitNanoUsd: 500n, remainingNanoUsd: 200n },
          workspace: null,
        },
        requests: { limit: 10, remaining: 9, resetMs: 6_000 },
        tokens: { limit: 100_000_000, remaining: 99_999_975, resetMs: 1 },
        concurrencyRemaining: 511,
      },
    });
    expect((await s.view()).holds).toEqual([{ ...renewedHold(1, 300n), expiresAt: START_MS + 90_000, final: false }]);
  });

  it('less than asked, down to the least, when the balance leaves no more', async () => {
    const s = scenario();
    await s.start();
    expect(granted(await s.admit(1, 700n))).toBe(700n);
    expect(granted(await s.admit(2, 700n, { leastNanoUsd: 300n }))).toBe(300n);
    expect(await s.admit(3, 700n, { leastNanoUsd: 1n })).toMatchObject({
      outcome: 'refused',
      refusal: { reason: 'balance', availableNanoUsd: 0n },
      left: { heldNanoUsd: 1_000n },
    });
  });

  it('nothing below the least, and a refusal leaves nothing behind', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { requestsPerMinute: 3, tokensPerMinute: 30 })] });
    const before = await s.view();
    expect(await s.admit(1, 1_200n, { leastNanoUsd: 1_001n, tokens: 10 })).toMatchObject({
      outcome: 'refused',
      refusal: { reason: 'balance', availableNanoUsd: 1_000n },
      left: { requests: { remaining: 3 }, tokens: { remaining: 30 } },
    });
    expect(await s.view()).toEqual(before);
    expect(await s.admit(2, 1n, { tokens: 10 })).toMatchObject({
      left: { requests: { remaining: 2 }, tokens: { remaining: 20 } },
    });
  });

  it('a free request on an empty balance, but not on a negative one', async () => {
    const s = scenario();
    await s.start({ balance: { postedNanoUsd: 0n, version: 1, creditedNanoUsd: 0n, spentNanoUsd: 0n } });
    expect(granted(await s.admit(1, 0n))).toBe(0n);
    const chargedBack = { postedNanoUsd: -5n, version: 2, creditedNanoUsd: -5n, spentNanoUsd: 0n };
    await s.store.apply([{ accountId: accountId(1), balance: chargedBack }]);
    expect(await s.admit(2, 0n)).toMatchObject({ refusal: { reason: 'balance', availableNanoUsd: 0n } });
  });
}

function itAdmitsEachIdOnce(scenario: () => GateScenario): void {
  it('the same id with the same answer, and takes its hold, request and tokens once', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { requestsPerMinute: 10, tokensPerMinute: 100 })] });
    const first = await s.admit(1, 700n, { tokens: 40, leastNanoUsd: 5n });
    await s.advance(0);
    expect(await s.admit(1, 700n, { tokens: 40, leastNanoUsd: 5n })).toEqual(first);
    await s.grow(1, 800n);
    expect(granted(await s.admit(1, 700n, { tokens: 40 }))).toBe(700n);
    expect(await s.held()).toEqual({ 1: 800n });
    expect(
      await s.store.read(accountId(1), keyId(1), periodCandidates('UTC', START_MS), s.request(1, 0n).defaults),
    ).toMatchObject({ left: { requests: { remaining: 9 }, tokens: { remaining: 60 } } });
  });

  it('two requests of one turn with the same id once', async () => {
    const s = scenario();
    await s.start();
    const replies = await Promise.all([s.admit(1, 600n), s.admit(1, 600n)]);
    expect(replies.map(granted)).toEqual([600n, 600n]);
    expect(await s.held()).toEqual({ 1: 600n });
  });

  it('no id that has ended', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 5n);
    await s.store.apply([{ accountId: accountId(1), closed: [holdId(1), holdId(2)] }]);
    expect((await s.admit(1, 5n)).outcome).toBe('gone');
    expect((await s.admit(2, 5n)).outcome).toBe('gone');
    expect(await s.held()).toEqual({});
  });

  it('nothing for an account or a key that it does not know, or a key of another account', async () => {
    const s = scenario();
    await s.start();
    await s.store.load(snapshotOf({ accountId: accountId(2), workspaces: [workspaceOf(2)], keys: [keyOf(2)] }));
    expect((await s.admit(1, 5n, { accountId: accountId(3) })).outcome).toBe('not_loaded');
    expect((await s.admit(1, 5n, { keyId: keyId(9) })).outcome).toBe('not_loaded');
    expect((await s.admit(1, 5n, { keyId: keyId(2) })).outcome).toBe('not_loaded');
  });
}

function itRefusesByStatus(scenario: () => GateScenario): void {
  const keys: readonly [string, Partial<GateKey>][] = [
    ['key_revoked', { status: 'revoked' }],
    ['key_disabled', { status: 'disabled' }],
    ['key_expired', { expiresAt: START_MS }],
  ];
  it.each(keys)('%s', async (reason, changes) => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, changes)] });
    expect(await s.admit(1, 5n)).toMatchObject({ outcome: 'refused', refusal: { reason } });
    expect(
      await s.store.read(accountId(1), keyId(1), s.request(1, 5n).periods, s.request(1, 5n).defaults),
    ).toMatchObject({ blocked: reason });
  });

  it('admits with a key until the millisecond it expires in', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { expiresAt: START_MS + 1 })] });
    expect((await s.admit(1, 5n)).outcome).toBe('granted');
  });

  it('a disabled workspace and a suspended account', async () => {
    const s = scenario();
    await s.start({ workspaces: [workspaceOf(1, { status: 'disabled' })] });
    expect(granted(await s.admit(1, 5n))).toBe('workspace_disabled');
    await s.start({ account: { status: 'suspended', timeZone: 'UTC', concurrency: null, version: 1 } });
    expect(granted(await s.admit(1, 5n))).toBe('account_suspended');
  });
}

function itKeepsCaps(scenario: () => GateScenario): void {
  const caps: readonly [string, Partial<GateKey>][] = [
    ['daily', { dailyCapNanoUsd: 500n }],
    ['weekly', { weeklyCapNanoUsd: 500n }],
    ['monthly', { monthlyCapNanoUsd: 500n }],
  ];
  it.each(caps)('the spend and holds of a key, %s', async (period, cap) => {
    const s = scenario();
    await s.start({
      keys: [keyOf(1, cap), keyOf(2)],
      periods: ['2026-11-22', '2026-W47', '2026-11'].map((name) => ({
        scope: 'key' as const,
        scopeId: keyId(1),
        period: name,
        spentNanoUsd: 100n,
        version: 1,
      })),
    });
    expect(granted(await s.admit(1, 300n))).toBe(300n);
    expect(await s.admit(2, 300n, { leastNanoUsd: 101n })).toMatchObject({
      refusal: { reason: 'key_cap', period, availableNanoUsd: 100n },
    });
    expect(await s.admit(3, 300n, { leastNanoUsd: 100n })).toMatchObject({
      grantedNanoUsd: 100n,
      left: { keyCapRemainingNanoUsd: 0n },
    });
    expect(granted(await s.admit(4, 300n, { keyId: keyId(2) }))).toBe(300n);
  });

  it('the month of a workspace over all of its keys', async () => {
    const s = scenario();
    await s.start({
      workspaces: [workspaceOf(1, { monthlyBudgetNanoUsd: 400n })],
      keys: [keyOf(1), keyOf(2)],
      periods: [{ scope: 'workspace', scopeId: workspaceId(1), period: '2026-11', spentNanoUsd: 50n, version: 1 }],
    });
    expect(granted(await s.admit(1, 300n))).toBe(300n);
    expect(await s.admit(2, 300n, { keyId: keyId(2) })).toMatchObject({
      refusal: { reason: 'workspace_budget', availableNanoUsd: 50n },
      left: { keyCapRemainingNanoUsd: null },
    });
    expect(granted(await s.admit(3, 300n, { keyId: keyId(2), leastNanoUsd: 50n }))).toBe(50n);
  });
}

function itBeginsCapsAnew(scenario: () => GateScenario): void {
  it('begin anew with the period that the store picks, whatever the caller thinks of the time', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { dailyCapNanoUsd: 100n })] });
    const periods = periodCandidates('UTC', START_MS);
    expect(granted(await s.admit(1, 100n, { periods }))).toBe(100n);
    await s.advance(16 * HOUR_MS - 1);
    expect(granted(await s.admit(2, 100n, { periods }))).toBe('key_cap');
    await s.advance(1);
    expect(await s.admit(3, 100n, { periods })).toMatchObject({
      grantedNanoUsd: 100n,
      periods: { day: '2026-11-23', week: '2026-W48', month: '2026-11' },
    });
    expect((await s.view()).heldByPeriod).toEqual([
      { scope: 'key', scopeId: keyId(1), period: '2026-11', heldNanoUsd: 200n },
      { scope: 'key', scopeId: keyId(1), period: '2026-11-22', heldNanoUsd: 100n },
      { scope: 'key', scopeId: keyId(1), period: '2026-11-23', heldNanoUsd: 100n },
      { scope: 'key', scopeId: keyId(1), period: '2026-W47', heldNanoUsd: 100n },
      { scope: 'key', scopeId: keyId(1), period: '2026-W48', heldNanoUsd: 100n },
      { scope: 'key', scopeId: keyId(1), period: 'total', heldNanoUsd: 200n },
      { scope: 'workspace', scopeId: workspaceId(1), period: '2026-11', heldNanoUsd: 200n },
    ]);
  });
}

function itRefusesWrongNumbers(scenario: () => GateScenario): void {
  it('rejects an amount above the ceiling without asking the store', async () => {
    const s = scenario();
    await s.start();
    await expect(s.admit(1, 9_000_000_000_000_001n)).rejects.toThrow(RangeError);
    await expect(s.admit(1, 5n, { leastNanoUsd: 6n })).rejects.toThrow(RangeError);
    await expect(s.admit(1, -1n)).rejects.toThrow(RangeError);
    await expect(s.admit(1, 5n, { tokens: 1.5 })).rejects.toThrow(RangeError);
  });
}
