import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AccountId, LotId } from '@apilink/contracts';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { auditDifferences, payment, topUp, topUpInFen } from '../lot/lot-scenario.factory.js';
import type { ChannelRefund } from '../payment/payment-channel.domain.js';
import { BillingScenario, finalOf, type Customer } from '../scenario/billing-scenario.factory.js';
import type { Refund } from './refund.domain.js';
import type { RefundOrder } from './refund.service.js';

const USD = 1_000_000_000n;

/** A process that ends where it is told to: everything after that point never happens. */
class Crash extends Error {}

describe('refunds', () => {
  let test: TestDatabase;
  let billing: BillingScenario;
  let answer: ChannelRefund;
  let asked: string[];
  let crashAt: string | null;
  let requests = 0;

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingScenario.create(
      test,
      { now: Date.now, holdExpiryMs: 90_000 },
      {
        refundChannels: { find: (id) => (id === 'sandbox' ? { refund: answered } : null) },
        failpoints: {
          reach: (point) => {
            if (point === crashAt) throw new Crash(point);
          },
        },
      },
    );
  });

  beforeEach(() => {
    answer = { state: 'done', reference: 'rf-1' };
    asked = [];
    crashAt = null;
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  function answered(request: { refundId: string; minorUnits: bigint }): Promise<ChannelRefund> {
    asked.push(`${request.refundId} ${request.minorUnits}`);
    return Promise.resolve(answer);
  }

  function order(accountId: AccountId, amountNanoUsd: bigint, change: Partial<RefundOrder> = {}): RefundOrder {
    requests += 1;
    const requestKey = `refund-${requests}`;
    return { accountId, amountNanoUsd, lotId: null, reason: 'unused', requestKey, actor: 'test', ...change };
  }

  function refund(accountId: AccountId, amount: bigint, change: Partial<RefundOrder> = {}): Promise<readonly Refund[]> {
    return billing.services.refunds.create(order(accountId, amount, change));
  }

  async function customer(cents: readonly bigint[]): Promise<{ customer: Customer; lots: LotId[] }> {
    const one = await billing.customer(0n);
    const lots: LotId[] = [];
    for (const paidMinorUnits of cents) {
      lots.push((await topUp(billing, payment(one.accountId, { paidMinorUnits }))).lotId);
    }
    return { customer: one, lots };
  }

  async function paid({ accountId }: { accountId: AccountId }): Promise<bigint> {
    return (await billing.services.accounts.show(accountId)).balance.paidNanoUsd;
  }

  it('give back unused payments, the oldest first, in ledger and gate alike', async () => {
    const { customer: one, lots } = await customer([500n, 500n]);
    const refunds = await refund(one.accountId, 7n * USD);
    expect(refunds).toMatchObject([
      { state: 'posted', lotId: lots[0], minorUnits: 500n, debitNanoUsd: 5n * USD, channelReference: 'rf-1' },
      { state: 'posted', lotId: lots[1], minorUnits: 200n, debitNanoUsd: 2n * USD },
    ]);
    expect(await paid(one)).toBe(3n * USD);
    expect(await billing.gate.inspect(one.accountId)).toMatchObject({
      balance: { postedNanoUsd: 3n * USD, creditedNanoUsd: 3n * USD },
      heldNanoUsd: 0n,
      holds: [],
    });
    expect(await auditDifferences(billing)).toEqual([]);
  });

  it('take the payment that is named', async () => {
    const { customer: one, lots } = await customer([500n, 500n]);
    expect(await refund(one.accountId, USD, { lotId: lots[1] ?? null })).toMatchObject([{ lotId: lots[1] }]);
  });

  it("give RMB back in fen by the payment's own quote, and a payment that was never used whole", async () => {
    const { accountId } = await billing.customer(0n);
    const { postedNanoUsd } = await topUpInFen(billing, accountId, 10_000n);
    const part = await refund(accountId, 1_000_000_000n);
    // $1 at 7.159017 is 715.9017 fen: 715, and they are worth 715 / 10,000 of 13,968,398,175 nano-USD, rounded up.
    expect(part).toMatchObject([{ currency: 'CNY', minorUnits: 715n, debitNanoUsd: 998_740_470n }]);
    const rest = await refund(accountId, postedNanoUsd - 998_740_470n);
    expect(rest).toMatchObject([{ minorUnits: 9_285n, state: 'posted' }]);
    expect(await paid({ accountId })).toBe(0n);
    expect(await auditDifferences(billing)).toEqual([]);
  });

  it.each<[string, bigint, string]>([
    ['more than is unused', 5n * USD + 1n, 'more than can be given back: 5.000000000'],
    ['less than a cent', 9_999_999n, 'less than a cent'],
  ])('are refused for %s', async (_name, amount, reason) => {
    const { customer: one } = await customer([500n]);
    await expect(refund(one.accountId, amount)).rejects.toThrow(reason);
    expect(await paid(one)).toBe(5n * USD);
  });

  it('are refused for what open requests hold, and for gifts', async () => {
    const { customer: one } = await customer([500n]);
    await billing.services.credits.grant({
      accountId: one.accountId,
      amountNanoUsd: USD,
      reason: 'goodwill',
      requestKey: 'goodwill-1',
      actor: 'test',
    });
    await billing.admit(one, 3n * USD);
    await expect(refund(one.accountId, 2n * USD + 1n)).rejects.toThrow('2.000000000 USD');
    expect(await refund(one.accountId, 2n * USD)).toMatchObject([{ state: 'posted' }]);
  });

  it('of the same request are one, and another request under its key is refused', async () => {
    const { customer: one } = await customer([500n]);
    const asks = order(one.accountId, USD);
    const [first] = await billing.services.refunds.create(asks);
    const [again] = await billing.services.refunds.create(asks);
    expect(again?.refundId).toBe(first?.refundId);
    await expect(billing.services.refunds.create({ ...asks, amountNanoUsd: 2n * USD })).rejects.toThrow(
      'another refund',
    );
    expect(await paid(one)).toBe(4n * USD);
    expect(asked).toHaveLength(1);
  });

  it("on their way are nobody's to use: no request is admitted with them, no usage draws them", async () => {
    const { customer: one, lots } = await customer([500n]);
    answer = { state: 'pending', reference: 'rf-2' };
    expect(await refund(one.accountId, 4n * USD)).toMatchObject([{ state: 'submitted' }]);
    await expect(billing.admit(one, USD + 1n)).rejects.toThrow('not granted');
    const hold = await billing.admit(one, USD);
    // An edge that says more than it held: what is kept for the refund stays kept.
    const strange = { ...hold, amountNanoUsd: 3n * USD };
    await billing.settle([hold, finalOf(strange, { outcome: 'client_disconnect', chargeNanoUsd: 3n * USD })]);
    expect(await paid(one)).toBe(4n * USD);
    answer = { state: 'done', reference: 'rf-2' };
    await billing.services.refundProgress.advancePending();
    expect(await paid(one)).toBe(0n);
    const [lot] = await billing.services.lotLists.list(one.accountId);
    expect(lot).toMatchObject({ lotId: lots[0], drawnNanoUsd: USD, refundedNanoUsd: 4n * USD, refundingNanoUsd: 0n });
    expect(await auditDifferences(billing)).toEqual([]);
  });

  it('that the channel refuses are voided, and the credit can be used again', async () => {
    const { customer: one } = await customer([500n]);
    answer = { state: 'refused', reason: 'card closed' };
    expect(await refund(one.accountId, 5n * USD)).toMatchObject([
      { state: 'voided', voidReason: 'the channel refused it: card closed' },
    ]);
    await billing.admit(one, 5n * USD);
    expect(await auditDifferences(billing)).toEqual([]);
  });

  it('of a channel that no program can ask wait for people, who say what became of them', async () => {
    const one = await billing.customer(0n);
    const paidByBank = { channel: 'bank_transfer', reference: `bt-${one.accountId}` };
    await topUp(
      billing,
      payment(one.accountId, { ...paidByBank, businessKey: `topup:bank_transfer:${one.accountId}` }),
    );
    const [waiting] = await refund(one.accountId, 2n * USD);
    if (waiting === undefined) throw new Error('there is no refund');
    expect(waiting).toMatchObject({ state: 'submitted', isManual: true });
    await billing.services.refundProgress.advancePending();
    const outcome = { outcome: 'paid' as const, reference: 'ICBC-1' };
    const ended = await billing.services.refundProgress.settle(waiting.refundId, outcome, 'finance');
    expect(ended).toMatchObject({ state: 'posted', channelReference: 'ICBC-1' });
    await expect(billing.services.refundProgress.settle(waiting.refundId, outcome, 'finance')).rejects.toMatchObject({
      code: 'wrong_state',
    });
    expect(await paid(one)).toBe(8n * USD);
  });

  it.each(['refund.reserved', 'refund.held', 'refund.asked', 'refund.submitted', 'refund.posting', 'refund.posted'])(
    'that crash at %s are taken up again: one refund, one posting, nothing held',
    async (point) => {
      const { customer: one } = await customer([500n]);
      crashAt = point;
      const asks = order(one.accountId, 2n * USD);
      await expect(billing.services.refunds.create(asks)).rejects.toBeInstanceOf(Crash);
      crashAt = null;
      await billing.services.refundProgress.advancePending();
      expect(await billing.services.refunds.create(asks)).toMatchObject([{ state: 'posted' }]);
      expect(new Set(asked).size).toBe(1);
      expect(await paid(one)).toBe(3n * USD);
      expect(await billing.gate.inspect(one.accountId)).toMatchObject({
        balance: { postedNanoUsd: 3n * USD },
        holds: [],
      });
      expect(await auditDifferences(billing)).toEqual([]);
    },
  );

  it('held in the gate come back with a load', async () => {
    const { customer: one } = await customer([500n]);
    answer = { state: 'pending', reference: 'rf-3' };
    await refund(one.accountId, 4n * USD);
    expect((await billing.gate.inspect(one.accountId))?.holds).toMatchObject([
      { amountNanoUsd: 4n * USD, expiresAt: null, final: true },
    ]);
    const view = await billing.services.snapshots.read(one.accountId, 0);
    expect(view?.holds).toMatchObject([{ amountNanoUsd: 4n * USD, expiresAt: null, final: true }]);
  });
});
