import { describe, expect, it } from '@jest/globals';

import {
  accountId,
  granted,
  holdId,
  keyId,
  keyOf,
  listedHold,
  reservation,
  snapshotOf,
  START_MS,
  workspaceId,
  workspaceOf,
  type GateScenario,
} from './gate-scenario.contract.js';

export function describeAdministration(scenario: () => GateScenario): void {
  describe('loads', () => {
    itLoads(scenario);
  });
  describe('marks what expired', () => {
    itMarks(scenario);
  });
  describe('reserves for a late settlement', () => {
    itReserves(scenario);
  });
  describe('restores', () => {
    itRestores(scenario);
  });
  itLists(scenario);
}

function itLoads(scenario: () => GateScenario): void {
  it('an account with everything that the ledger knows of it', async () => {
    const s = scenario();
    const snapshot = snapshotOf({
      workspaces: [workspaceOf(1, { monthlyBudgetNanoUsd: 900n })],
      keys: [keyOf(1, { dailyCapNanoUsd: 10n, expiresAt: START_MS + 1, models: [] }), keyOf(2)],
      periods: [
        { scope: 'key', scopeId: keyId(1), period: 'total', spentNanoUsd: 7n, version: 3 },
        { scope: 'workspace', scopeId: workspaceId(1), period: '2026-11', spentNanoUsd: 7n, version: 2 },
      ],
      holds: [listedHold(1, 40n), listedHold(2, 60n, { final: true, keyId: keyId(2) })],
    });
    await s.gate.reset();
    await s.gate.setClock(START_MS);
    expect(await s.store.load(snapshot)).toBe('loaded');
    const { accountId: _account, epoch: _epoch, ...known } = snapshot;
    expect(await s.view()).toMatchObject({ ...known, heldNanoUsd: 100n, running: 1 });
  });

  it('nothing when the account is known', async () => {
    const s = scenario();
    await s.start();
    const before = await s.view();
    const newer = { postedNanoUsd: 5n, version: 9, creditedNanoUsd: 5n, spentNanoUsd: 0n };
    expect(await s.store.load(snapshotOf({ balance: newer, holds: [listedHold(1, 40n)] }))).toBe('exists');
    expect(await s.view()).toEqual(before);
  });

  it('nothing under another epoch', async () => {
    const s = scenario();
    await s.gate.reset();
    expect(await s.store.load(snapshotOf({ epoch: 2 }))).toBe('other_epoch');
    expect(await s.store.inspect(accountId(1))).toBeNull();
  });

  it('no hold that has ended meanwhile', async () => {
    const s = scenario();
    await s.gate.reset();
    await s.gate.setClock(START_MS);
    await s.finish(1, 0n);
    await s.store.load(snapshotOf({ holds: [listedHold(1, 40n), listedHold(2, 50n)] }));
    expect(await s.held()).toEqual({ 2: 50n });
  });
}

function itMarks(scenario: () => GateScenario): void {
  it('by the clock of the store, oldest first, as many as asked', async () => {
    const s = scenario();
    await s.start();
    await s.admit(2, 20n);
    await s.advance(1);
    await s.admit(1, 10n);
    await s.finish(1, 9n);
    await s.advance(89_998);
    expect(await s.store.markExpired(10)).toEqual([]);
    await s.advance(1);
    expect(await s.store.markExpired(10)).toEqual([listedHold(2, 20n, { expiresAt: START_MS + 90_000 })]);
    await s.advance(1);
    await s.admit(3, 1n);
    expect((await s.store.markExpired(1)).map((hold) => hold.holdId)).toEqual([holdId(1)]);
  });

  it('and lists a marked hold again, after the unmarked ones, until it is closed', async () => {
    const s = scenario();
    await s.start();
    for (const number of [1, 2, 3]) {
      await s.admit(number, 1n);
      await s.advance(1);
    }
    await s.advance(90_000);
    const next = async () => (await s.store.markExpired(2)).map((hold) => hold.holdId);
    expect(await next()).toEqual([holdId(1), holdId(2)]);
    await s.advance(1);
    expect(await next()).toEqual([holdId(3), holdId(1)]);
    await s.store.apply([{ accountId: accountId(1), closed: [holdId(3), holdId(1)] }]);
    expect(await next()).toEqual([holdId(2)]);
  });

  it('so that nothing renews or admits it, while it goes on to hold its amount', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 600n);
    await s.advance(90_000);
    await s.store.markExpired(10);
    expect(await s.renew(1, 600n)).toBe('gone');
    expect((await s.admit(1, 600n)).outcome).toBe('gone');
    expect(granted(await s.admit(2, 600n))).toBe('balance');
  });
}

function itReserves(scenario: () => GateScenario): void {
  it('what balance and caps leave, whatever the status of the key, and answers the same again', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { monthlyCapNanoUsd: 700n, status: 'revoked', concurrency: 0 })] });
    expect(await s.store.reserve(reservation(1, 500n))).toEqual({
      outcome: 'reserved',
      grantedNanoUsd: 500n,
      epoch: 1,
    });
    expect(await s.store.reserve(reservation(2, 500n))).toMatchObject({ grantedNanoUsd: 200n });
    expect(await s.store.reserve(reservation(3, 500n))).toMatchObject({ grantedNanoUsd: 0n });
    expect(await s.store.reserve(reservation(1, 999n))).toMatchObject({ grantedNanoUsd: 500n });
    expect(await s.view()).toMatchObject({ heldNanoUsd: 700n, running: 0 });
  });

  it('without expiry, until the commit that posts it', async () => {
    const s = scenario();
    await s.start();
    await s.store.reserve(reservation(1, 500n));
    await s.advance(86_400_000);
    expect(await s.store.markExpired(10)).toEqual([]);
    expect(await s.store.isHoldOpen(accountId(1), holdId(1))).toBe(false);
    expect((await s.view()).holds).toMatchObject([{ holdId: holdId(1), expiresAt: null, final: true }]);
    await s.store.apply([{ accountId: accountId(1), closed: [holdId(1)] }]);
    expect(await s.held()).toEqual({});
    expect(await s.store.reserve(reservation(1, 500n))).toEqual({ outcome: 'gone' });
  });

  it('nothing for an account that it does not know', async () => {
    const s = scenario();
    await s.gate.reset();
    expect(await s.store.reserve(reservation(1, 500n))).toEqual({ outcome: 'not_loaded' });
  });
}

function itRestores(scenario: () => GateScenario): void {
  it('a hold that only the ledger knows, with its own expiry', async () => {
    const s = scenario();
    await s.start();
    expect(await s.store.restore(listedHold(1, 300n))).toBe('restored');
    expect(await s.store.restore(listedHold(1, 300n))).toBe('restored');
    expect((await s.view()).holds).toEqual([listedHold(1, 300n)]);
    await s.advance(5_000);
    expect(await s.store.markExpired(10)).toEqual([listedHold(1, 300n)]);
  });

  it('nothing that is not affordable: its id is gone', async () => {
    const s = scenario();
    await s.start();
    await s.admit(1, 800n);
    expect(await s.store.restore(listedHold(2, 300n))).toBe('gone');
    expect(await s.renew(2, 1n)).toBe('gone');
    expect(await s.store.restore(listedHold(2, 1n))).toBe('gone');
    expect(await s.held()).toEqual({ 1: 800n });
  });

  it('nothing for an account that it does not know', async () => {
    const s = scenario();
    await s.gate.reset();
    expect(await s.store.restore(listedHold(1, 300n))).toBe('not_loaded');
  });
}

function itLists(scenario: () => GateScenario): void {
  it('lists the accounts that it knows, page by page', async () => {
    const s = scenario();
    await s.gate.reset();
    for (const number of [3, 1, 2]) {
      await s.store.load(
        snapshotOf({ accountId: accountId(number), workspaces: [workspaceOf(number)], keys: [keyOf(number)] }),
      );
    }
    expect(await s.store.listAccounts(null, 2)).toEqual([accountId(1), accountId(2)]);
    expect(await s.store.listAccounts(accountId(2), 2)).toEqual([accountId(3)]);
    expect(await s.store.listAccounts(accountId(3), 2)).toEqual([]);
  });

  it('knows nothing of an account that was never told', async () => {
    const s = scenario();
    await s.gate.reset();
    expect(await s.store.inspect(accountId(1))).toBeNull();
  });
}
