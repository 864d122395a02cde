import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';
import { v7 as uuidv7 } from 'uuid';

import { printedRemittanceCode } from '../bank-transfer/remittance-code.domain.js';
import { BillingScenario } from '../scenario/billing-scenario.factory.js';
import type { SuspenseEntry } from './suspense.domain.js';

describe('a bank transfer', () => {
  let test: TestDatabase;
  let billing: BillingScenario;

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingScenario.create(test, { now: Date.now, holdExpiryMs: 90_000 });
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  function line(change: Partial<Parameters<typeof billing.services.bankTransfers.receive>[0]> = {}) {
    const facts = { currency: 'CNY' as const, minorUnits: 100_000n, reference: uuidv7(), payer: '上海某某有限公司' };
    return { ...facts, remark: null, remittanceCode: null, bookedOn: '2026-11-22', ...change };
  }

  function setRate(): Promise<unknown> {
    return billing.services.fx.set({
      currency: 'CNY',
      marketRate: 712_340_000n,
      spreadBasisPoints: 0,
      validForMs: 60_000,
      actor: 'test',
    });
  }

  async function figures(accountId: SuspenseEntry['accountId']) {
    if (accountId === null) throw new Error('no account');
    return billing.services.accounts.show(accountId);
  }

  async function inSuspense(currency: string): Promise<bigint> {
    const [row] = await billing.database.query<{ sum: string }>(
      `SELECT coalesce(sum(e.amount), 0) AS sum FROM ledger_entries e
       JOIN ledger_accounts a ON a.ledger_account_id = e.ledger_account_id WHERE a.kind = 'suspense' AND a.currency = $1`,
      [currency],
    );
    return BigInt(row?.sum ?? '0');
  }

  it('is in the books before anybody knows whose it is, and credited when two people have said so', async () => {
    const { suspenseService, bankTransfers } = billing.services;
    await setRate();
    const { accountId } = await billing.customer(0n);
    const code = printedRemittanceCode((await figures(accountId)).remittanceCode ?? '');
    const entry = await bankTransfers.receive(line({ remark: `货款 ${code} 谢谢` }), 'zhang');
    expect(entry).toMatchObject({ state: 'unmatched', proposedAccountId: accountId, accountId: null });
    expect(await inSuspense('CNY')).toBe(100_000n);
    await suspenseService.match(entry.suspenseId, accountId, 'zhang');
    await expect(suspenseService.approve(entry.suspenseId, 'zhang')).rejects.toMatchObject({
      code: 'second_person_needed',
      details: { detail: 'zhang asked for it and cannot approve it' },
    });
    expect((await figures(accountId)).balance.paidNanoUsd).toBe(0n);
    const approved = await suspenseService.approve(entry.suspenseId, 'li');
    expect(approved).toMatchObject({ entry: { state: 'credited', approvedBy: 'li' }, postedNanoUsd: 140_382_401_662n });
    expect((await figures(accountId)).balance.paidNanoUsd).toBe(140_382_401_662n);
    expect((await billing.gate.inspect(accountId))?.balance.postedNanoUsd).toBe(140_382_401_662n);
    expect(await inSuspense('CNY')).toBe(0n);
  });

  it('is credited once, when several people approve at once', async () => {
    const { accountId } = await billing.customer(0n);
    const entry = await billing.services.bankTransfers.receive(line({ currency: 'USD' }), 'zhang');
    await billing.services.suspenseService.match(entry.suspenseId, accountId, 'zhang');
    const approvals = ['li', 'wang', 'chen'].map((actor) =>
      billing.services.suspenseService.approve(entry.suspenseId, actor),
    );
    const results = await Promise.allSettled(approvals);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await figures(accountId)).balance.paidNanoUsd).toBe(1_000_000_000_000n);
  });

  it('is either credited or sent back, never both, when two people ask for both at once', async () => {
    const { accountId } = await billing.customer(0n);
    const entry = await billing.services.bankTransfers.receive(line({ currency: 'USD' }), 'zhang');
    const { suspenseService } = billing.services;
    const asked = await Promise.allSettled([
      suspenseService.match(entry.suspenseId, accountId, 'zhang'),
      suspenseService.askReturn(entry.suspenseId, { reference: 'R-1', reason: 'unknown', actor: 'li' }),
    ]);
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await suspenseService.approve(entry.suspenseId, 'wang');
    const after = await suspenseService.show(entry.suspenseId);
    const { paidNanoUsd } = (await figures(accountId)).balance;
    expect([after.state, paidNanoUsd]).toEqual(
      after.lotId === null ? ['returned', 0n] : ['credited', 1_000_000_000_000n],
    );
    expect(await inSuspense('USD')).toBe(0n);
  });

  it('goes back to its sender with two people, and waits again when the second one rejects', async () => {
    const { suspenseService, bankTransfers } = billing.services;
    const entry = await bankTransfers.receive(line({ currency: 'USD', minorUnits: 499n }), 'zhang');
    const asked = { reference: 'R-77', reason: 'nobody knows the payer', actor: 'zhang' };
    await suspenseService.askReturn(entry.suspenseId, asked);
    expect(await suspenseService.reject(entry.suspenseId, 'ask them first', 'li')).toMatchObject({
      state: 'unmatched',
      askedBy: null,
      returnReference: null,
    });
    await suspenseService.askReturn(entry.suspenseId, asked);
    await expect(suspenseService.approve(entry.suspenseId, 'zhang')).rejects.toMatchObject({
      code: 'second_person_needed',
    });
    const { entry: returned, postedNanoUsd } = await suspenseService.approve(entry.suspenseId, 'li');
    expect({ ...returned, postedNanoUsd }).toMatchObject({
      state: 'returned',
      returnReference: 'R-77',
      postedNanoUsd: null,
    });
    expect(await inSuspense('USD')).toBe(0n);
  });

  it('that is recorded again is one transfer, also at once; another amount under its number is refused', async () => {
    const { bankTransfers } = billing.services;
    const before = await inSuspense('USD');
    const same = line({ currency: 'USD' });
    const entries = await Promise.all([1, 2, 3].map(() => bankTransfers.receive(same, 'zhang')));
    expect(new Set(entries.map(({ suspenseId }) => suspenseId)).size).toBe(1);
    await expect(bankTransfers.receive({ ...same, minorUnits: 99n }, 'zhang')).rejects.toMatchObject({
      details: { param: 'reference' },
    });
    expect((await inSuspense('USD')) - before).toBe(1_000_000_000_000n);
  });

  it('with codes of two accounts proposes neither', async () => {
    const codes = await Promise.all(
      [0, 1].map(async () => (await figures((await billing.customer(0n)).accountId)).remittanceCode ?? ''),
    );
    const remark = codes.map(printedRemittanceCode).join(' or ');
    const entry = await billing.services.bankTransfers.receive(line({ remark }), 'zhang');
    expect(entry.proposedAccountId).toBeNull();
  });

  it('of less than five dollars is matched with no account; only its return is possible', async () => {
    const { accountId } = await billing.customer(0n);
    const entry = await billing.services.bankTransfers.receive(line({ currency: 'USD', minorUnits: 499n }), 'zhang');
    await expect(billing.services.suspenseService.match(entry.suspenseId, accountId, 'zhang')).rejects.toMatchObject({
      code: 'topup_below_minimum',
    });
  });

  it('in RMB waits while there is no exchange rate, and loses nothing by it', async () => {
    const { accountId } = await billing.customer(0n);
    const { suspenseService, bankTransfers } = billing.services;
    await setRate();
    const entry = await bankTransfers.receive(line(), 'zhang');
    await suspenseService.match(entry.suspenseId, accountId, 'zhang');
    await billing.services.fx.set({
      currency: 'CNY',
      marketRate: 712_340_000n,
      spreadBasisPoints: 0,
      validForMs: 1,
      actor: 'test',
    });
    await billing.database.query('SELECT pg_sleep(0.01)');
    await expect(suspenseService.approve(entry.suspenseId, 'li')).rejects.toMatchObject({
      details: { param: 'currency' },
    });
    expect(await suspenseService.show(entry.suspenseId)).toMatchObject({ state: 'matched' });
    await setRate();
    await expect(suspenseService.approve(entry.suspenseId, 'li')).resolves.toMatchObject({
      entry: { state: 'credited' },
    });
  });

  it('moves by no statement that forgets a person: the table refuses it', async () => {
    const entry = await billing.services.bankTransfers.receive(line({ currency: 'USD' }), 'zhang');
    const { accountId } = await billing.customer(0n);
    await billing.services.suspenseService.match(entry.suspenseId, accountId, 'zhang');
    await expect(
      billing.database.query(
        `UPDATE suspense_entries SET approved_by = 'zhang', state = 'credited', left_transfer_id = received_transfer_id,
           lot_id = suspense_id WHERE suspense_id = $1`,
        [entry.suspenseId],
      ),
    ).rejects.toThrow('suspense_entries_two_people');
    await expect(
      billing.database.query('UPDATE suspense_entries SET minor_units = 1 WHERE suspense_id = $1', [entry.suspenseId]),
    ).rejects.toThrow('permission denied');
  });

  it('notes who did what, and leaves the books without a difference', async () => {
    const actions = await billing.database.query<{ action: string; actor: string }>(
      "SELECT DISTINCT action, actor FROM audit_log WHERE action LIKE 'suspense.%' OR action LIKE 'bank_transfer.%'",
    );
    expect(actions).toEqual(
      expect.arrayContaining([
        { action: 'bank_transfer.receive', actor: 'zhang' },
        { action: 'suspense.match', actor: 'zhang' },
        { action: 'suspense.approve', actor: 'li' },
        { action: 'suspense.reject', actor: 'li' },
      ]),
    );
    expect(await billing.auditDifferences()).toEqual([]);
  });
});
