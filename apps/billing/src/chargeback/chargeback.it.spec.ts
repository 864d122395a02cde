import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccountId, LotId } from '@apilink/contracts';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { auditDifferences, payment, topUp, topUpInFen } from '../lot/lot-scenario.factory.js';
import { BillingScenario, finalOf, type Customer } from '../scenario/billing-scenario.factory.js';

const USD = 1_000_000_000n;

describe('chargebacks', () => {
  let test: TestDatabase;
  let billing: BillingScenario;
  let requests = 0;

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingScenario.create(test, { now: Date.now, holdExpiryMs: 90_000 });
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  function order(accountId: AccountId, lotId: LotId, minorUnits: bigint) {
    requests += 1;
    return { accountId, lotId, minorUnits, reason: 'stolen card', requestKey: `cb-${requests}`, actor: 'finance' };
  }

  async function use(customer: Customer, amount: bigint): Promise<void> {
    const hold = await billing.admit(customer, amount);
    const final = finalOf(hold, { outcome: 'client_disconnect', chargeNanoUsd: amount });
    await billing.settle([hold, final]);
  }

  /** An account that has used 7 of 10 dollars, the bank takes all 10 back. */
  async function overdrawn(): Promise<{ customer: Customer; lotId: LotId }> {
    const customer = await billing.customer(0n);
    const { lotId } = await topUp(billing, payment(customer.accountId));
    await use(customer, 7n * USD);
    await billing.services.chargebacks.open(order(customer.accountId, lotId, 1_000n));
    return { customer, lotId };
  }

  async function posted({ accountId }: { accountId: AccountId }): Promise<bigint> {
    const { balance } = await billing.services.accounts.show(accountId);
    return balance.paidNanoUsd + balance.promoNanoUsd;
  }

  it('take posted below zero and suspend the account, in ledger and gate alike', async () => {
    const { customer } = await overdrawn();
    expect(await posted(customer)).toBe(-7n * USD);
    expect(await billing.gate.inspect(customer.accountId)).toMatchObject({
      account: { status: 'suspended' },
      balance: { postedNanoUsd: -7n * USD, creditedNanoUsd: 0n, spentNanoUsd: 7n * USD },
    });
    await expect(billing.admit(customer, 1n)).rejects.toThrow('not granted');
    expect(await auditDifferences(billing)).toEqual([]);
  });

  it('leave a gap that later payments fill first', async () => {
    const { customer } = await overdrawn();
    await topUp(billing, payment(customer.accountId, { paidMinorUnits: 500n }));
    expect(await posted(customer)).toBe(-2n * USD);
    const opened = await topUp(billing, payment(customer.accountId, { paidMinorUnits: 500n }));
    expect(opened.postedNanoUsd).toBe(3n * USD);
    const [newest, before, taken] = await billing.services.lotLists.list(customer.accountId);
    expect([newest?.drawnNanoUsd, before?.drawnNanoUsd, taken?.drawnNanoUsd]).toEqual([2n * USD, 5n * USD, 0n]);
    await billing.services.accounts.update(customer.accountId, { status: 'active' }, 'finance');
    await use(customer, 3n * USD);
    expect(await posted(customer)).toBe(0n);
    expect(await auditDifferences(billing)).toEqual([]);
  });

  it('are drawn from other payments where there are any', async () => {
    const customer = await billing.customer(0n);
    const { lotId } = await topUp(billing, payment(customer.accountId));
    await topUpInFen(billing, customer.accountId, 10_000n);
    await use(customer, 7n * USD);
    await billing.services.chargebacks.open(order(customer.accountId, lotId, 400n));
    const [rmb, usd] = await billing.services.lotLists.list(customer.accountId);
    expect([usd?.drawnNanoUsd, usd?.unusedNanoUsd, rmb?.drawnNanoUsd]).toEqual([6n * USD, 0n, USD]);
    expect(await auditDifferences(billing)).toEqual([]);
  });

  it('of RMB leave fx_clearing balanced in both currencies', async () => {
    const customer = await billing.customer(0n);
    const { lotId } = await topUpInFen(billing, customer.accountId, 10_000n);
    await billing.services.chargebacks.open(order(customer.accountId, lotId, 10_000n));
    expect(await posted(customer)).toBe(0n);
    expect(await auditDifferences(billing)).toEqual([]);
  });

  it('never let usage take gifts below what the gap leaves', async () => {
    const { customer } = await overdrawn();
    await billing.services.credits.grant({
      accountId: customer.accountId,
      amountNanoUsd: 8n * USD,
      reason: 'goodwill',
      requestKey: 'goodwill-after',
      actor: 'finance',
    });
    await billing.services.accounts.update(customer.accountId, { status: 'active' }, 'finance');
    await expect(billing.admit(customer, USD + 1n)).rejects.toThrow('not granted');
    await use(customer, USD);
    expect(await posted(customer)).toBe(0n);
    expect(await auditDifferences(billing)).toEqual([]);
  });

  it('that nobody will pay are written off by an operator with a reason, once', async () => {
    const { customer } = await overdrawn();
    const asks = { accountId: customer.accountId, reason: 'out of business', requestKey: 'wo-1-abc', actor: 'finance' };
    const first = await billing.services.gapWriteOffs.writeOff(asks);
    expect(first).toMatchObject({ writtenOffNanoUsd: 7n * USD, postedNanoUsd: 0n });
    expect(await billing.services.gapWriteOffs.writeOff(asks)).toEqual(first);
    await expect(billing.services.gapWriteOffs.writeOff({ ...asks, requestKey: 'wo-2-abc' })).rejects.toMatchObject({
      code: 'wrong_state',
    });
    expect(await auditDifferences(billing)).toEqual([]);
  });

  it('are one for one request key, at most what was paid, and never of a stranger or a gift', async () => {
    const { customer, lotId } = await overdrawn();
    const { chargebacks, lotLists } = billing.services;
    await expect(chargebacks.open(order(customer.accountId, lotId, 1n))).rejects.toMatchObject({
      details: { param: 'minorUnits' },
    });
    const other = await billing.customer(USD);
    await expect(chargebacks.open(order(other.accountId, lotId, 1n))).rejects.toMatchObject({ code: 'not_found' });
    const [gift] = await lotLists.list(other.accountId);
    if (gift === undefined) throw new Error('there is no gift');
    await expect(chargebacks.open(order(other.accountId, gift.lotId, 1n))).rejects.toMatchObject({ code: 'not_found' });
    const paid = await topUp(billing, payment(other.accountId));
    const asks = order(other.accountId, paid.lotId, 100n);
    const first = await chargebacks.open(asks);
    expect(await chargebacks.open(asks)).toEqual(first);
    await expect(chargebacks.open({ ...asks, minorUnits: 101n })).rejects.toThrow('another chargeback');
  });
});
