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

const ACCOUNT = { status: 'active', timeZone: 'UTC', concurrency: null, version: 1 } as const;

function balance(postedNanoUsd: bigint, version: number) {
  return { postedNanoUsd, version, creditedNanoUsd: 1_000n, spentNanoUsd: 1_000n - postedNanoUsd };
}

function spend(spentNanoUsd: bigint, version: number): PeriodSpend {
  return { scope: 'key', scopeId: keyId(1), period: '2026-11', spentNanoUsd, version };
}

export function describeApplying(scenario: () => GateScenario): void {
  describe('applies', () => {
    itAppliesByVersion(scenario);
    itAppliesAtOnce(scenario);
    itAppliesToWhatItKnows(scenario);
  });
}

function itAppliesByVersion(scenario: () => GateScenario): void {
  it('a settlement: the balance, the spend and the end of its holds together', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { monthlyCapNanoUsd: 600n })] });
    await s.admit(1, 400n);
    await s.admit(2, 100n);
    await s.finish(1, 250n);
    const change = {
      accountId: accountId(1),
      balance: balance(750n, 2),
      periods: [spend(250n, 1)],
      closed: [holdId(1)],
    };
    await s.store.apply([change]);
    expect(await s.view()).toMatchObject({
      balance: balance(750n, 2),
      heldNanoUsd: 100n,
      running: 1,
      periods: [spend(250n, 1)],
    });
    expect(await s.admit(3, 1_000n, { leastNanoUsd: 1n })).toMatchObject({ grantedNanoUsd: 250n });
    expect(await s.renew(1, 250n)).toBe('gone');
  });

  it('the same again, and an older one, without any effect', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 400n);
    const first = {
      accountId: accountId(1),
      balance: balance(700n, 2),
      periods: [spend(300n, 2)],
      closed: [holdId(1)],
    };
    const second = { accountId: accountId(1), balance: balance(600n, 3), periods: [spend(400n, 3)] };
    await s.store.apply([second]);
    const settled = { ...(await s.view()) };
    await s.store.apply([first]);
    expect(await s.view()).toMatchObject({ balance: settled.balance, periods: settled.periods, heldNanoUsd: 0n });
    const after = await s.view();
    await s.store.apply([first, second, first]);
    expect(await s.view()).toEqual(after);
  });
}

function itAppliesAtOnce(scenario: () => GateScenario): void {
  it('each part by its own version', async () => {
    const s = scenario();
    await s.start();
    await s.store.apply([
      {
        accountId: accountId(1),
        balance: balance(10n, 1),
        account: { ...ACCOUNT, timeZone: 'Asia/Tokyo', concurrency: 7, version: 4 },
        workspaces: [workspaceOf(1, { status: 'disabled' }), workspaceOf(2, { monthlyBudgetNanoUsd: 5n, version: 3 })],
        keys: [keyOf(1, { status: 'disabled' }), keyOf(2, { workspaceId: workspaceId(2), models: ['m'], version: 9 })],
      },
    ]);
    expect(await s.view()).toMatchObject({
      balance: { postedNanoUsd: 1_000n, version: 1 },
      account: { timeZone: 'Asia/Tokyo', concurrency: 7, version: 4 },
      workspaces: [
        { status: 'active', version: 1 },
        { monthlyBudgetNanoUsd: 5n, version: 3 },
      ],
      keys: [
        { status: 'active', version: 1 },
        { models: ['m'], version: 9 },
      ],
    });
  });

  it('a revoked key and a lowered cap from the next admission on', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 300n);
    await s.store.apply([{ accountId: accountId(1), keys: [keyOf(1, { monthlyCapNanoUsd: 200n, version: 2 })] }]);
    expect(await s.admit(2, 1n)).toMatchObject({
      refusal: { reason: 'key_cap', availableNanoUsd: 0n },
      left: { keyCapRemainingNanoUsd: -100n },
    });
    expect(granted(await s.grow(1, 301n))).toBe(300n);
    await s.store.apply([{ accountId: accountId(1), keys: [keyOf(1, { status: 'revoked', version: 3 })] }]);
    expect(granted(await s.admit(2, 1n))).toBe('key_revoked');
    expect(granted(await s.finish(1, 200n))).toBe(200n);
  });

  it('the newest of several changes of one account in one call', async () => {
    const s = scenario();
    await s.start();
    await s.store.apply([
      { accountId: accountId(1), balance: balance(500n, 3), keys: [keyOf(1, { concurrency: 3, version: 3 })] },
      { accountId: accountId(1), balance: balance(900n, 2), keys: [keyOf(1, { concurrency: 2, version: 2 })] },
    ]);
    expect(await s.view()).toMatchObject({ balance: { postedNanoUsd: 500n }, keys: [{ concurrency: 3 }] });
  });
}

function itAppliesToWhatItKnows(scenario: () => GateScenario): void {
  it('an end for ids that are not listed, so that nothing opens them later', async () => {
    const s = scenario();
    await s.start();
    await s.store.apply([{ accountId: accountId(1), closed: [holdId(5), holdId(5)] }]);
    expect((await s.admit(5, 1n)).outcome).toBe('gone');
  });

  it('nothing to an account that the gate does not know, unless account and balance come with it', async () => {
    const s = scenario();
    await s.start();
    await s.store.apply([{ accountId: accountId(2), balance: balance(5n, 1), keys: [keyOf(2)] }]);
    expect(await s.store.inspect(accountId(2))).toBeNull();
    expect(await s.store.findKey(keyOf(2).keyHash)).toBeNull();
  });

  it('a hold of another account with the same id stays', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 5n);
    await s.store.apply([{ accountId: accountId(2), closed: [holdId(1)] }]);
    expect(await s.held()).toEqual({ 1: 5n });
  });

  it('a downed balance that chargebacks took below zero, and nothing above the ceiling', async () => {
    const s = scenario();
    await s.start();
    await s.store.apply([{ accountId: accountId(1), balance: balance(-3n, 2) }]);
    expect((await s.view()).balance.postedNanoUsd).toBe(-3n);
    expect(granted(await s.admit(1, 1n))).toBe('balance');
  });
}
