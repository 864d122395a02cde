import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accountIdSchema, lotIdSchema, NANO_USD_CEILING, type AccountId, type LotId } from '@apilink/contracts';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';
import { z } from 'zod';

import { BillingScenario, finalOf, type Customer } from '../scenario/billing-scenario.factory.js';
import { auditDifferences, payment, topUp, topUpInFen } from './lot-scenario.factory.js';
import type { Lot } from './lot.domain.js';

describe('paid lots', () => {
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

  async function lot(lotId: LotId): Promise<Lot> {
    const [found] = await billing.database.query<{ account_id: AccountId }>(
      'SELECT account_id FROM lots WHERE lot_id = $1',
      [lotId],
    );
    const listed = await billing.services.lotLists.list(found?.account_id ?? accountIdSchema.out.parse(lotId));
    const one = listed.find((candidate) => candidate.lotId === lotId);
    if (one === undefined) throw new Error('there is no such lot');
    return { ...one, accountId: found?.account_id ?? accountIdSchema.out.parse(lotId), chargedBackMinorUnits: 0n };
  }

  async function events(accountId: AccountId): Promise<{ type: string; body: Record<string, unknown> }[]> {
    const rows = await billing.database.query<{ type: string; body: string }>(
      'SELECT type, body FROM outbox WHERE key = $1 ORDER BY outbox_id',
      [z.encode(accountIdSchema, accountId)],
    );
    const bodySchema = z.record(z.string(), z.unknown());
    return rows.map(({ type, body }) => ({ type, body: bodySchema.parse(JSON.parse(body)) }));
  }

  /** Usage of so many nano-USD: input tokens at 1 nano-USD each. */
  async function use(customer: Customer, amount: number): Promise<void> {
    const hold = await billing.admit(customer, BigInt(amount));
    const final = finalOf(hold, { chargeNanoUsd: BigInt(amount) });
    await billing.settle([hold, { ...final, usage: { ...final.usage, input: amount, output: 0 } }]);
  }

  async function balances(ref: string): Promise<Record<string, string>> {
    const rows = await billing.database.query<{ name: string; sum: string }>(
      `SELECT a.kind || '/' || a.detail || '/' || a.currency AS name, sum(e.amount)::text AS sum
       FROM ledger_transfers t JOIN ledger_entries e USING (transfer_id) JOIN ledger_accounts a USING (ledger_account_id)
       WHERE t.ref = $1 GROUP BY 1 ORDER BY 1`,
      [ref],
    );
    return Object.fromEntries(rows.map(({ name, sum }) => [name, sum]));
  }

  it('are credited from the clearing of their channel, and the gate admits with them at once', async () => {
    const customer = await billing.customer(0n);
    const paid = payment(customer.accountId, { paidMinorUnits: 500n, creditNanoUsd: 5_000_000_000n });
    const opened = await topUp(billing, paid);
    expect(opened.postedNanoUsd).toBe(5_000_000_000n);
    expect(await balances(paid.businessKey)).toEqual({
      'clearing/sandbox/USD': '-5000000000',
      'customer_paid//USD': '5000000000',
    });
    expect((await billing.gate.inspect(customer.accountId))?.balance.postedNanoUsd).toBe(5_000_000_000n);
    await use(customer, 70);
    expect(await lot(opened.lotId)).toMatchObject({ drawnNanoUsd: 70n });
    expect(await auditDifferences(billing)).toEqual([]);
  });

  it('of RMB balance in both currencies, through fx_clearing, with the quote they were credited with', async () => {
    const { accountId } = await billing.customer(0n);
    const { lotId, postedNanoUsd } = await topUpInFen(billing, accountId, 7_159n);
    // 7159 fen × 10^15 / 715901700
    expect(postedNanoUsd).toBe(9_999_976_253n);
    const [row] = await billing.database.query<{ ref: string; rate: string }>(
      `SELECT t.ref, q.rate::text FROM lots l JOIN ledger_transfers t ON t.transfer_id = l.lot_id
       JOIN fx_quotes q ON q.quote_id = l.fx_quote_id WHERE l.lot_id = $1`,
      [lotId],
    );
    expect(row?.rate).toBe('7.15901700');
    expect(await balances(row?.ref ?? '')).toEqual({
      'clearing/sandbox/CNY': '-7159',
      'customer_paid//USD': '9999976253',
      'fx_clearing//CNY': '7159',
      'fx_clearing//USD': '-9999976253',
    });
    expect((await events(accountId)).at(-1)).toMatchObject({
      type: 'topup.paid',
      body: { currency: 'CNY', paidMinorUnits: '7159', creditNanoUsd: '9999976253', fxQuote: { rate: '7.15901700' } },
    });
  });

  it('are posted once, however often and from however many sides the payment is told', async () => {
    const { accountId } = await billing.customer(0n);
    const paid = payment(accountId);
    const told = await Promise.all([topUp(billing, paid), topUp(billing, paid), topUp(billing, paid)]);
    expect(new Set(told.map(({ lotId }) => lotId)).size).toBe(1);
    await expect(topUp(billing, { ...paid, paidMinorUnits: 999n })).rejects.toMatchObject({
      code: 'invalid_parameter',
    });
    const other = await billing.customer(0n);
    await expect(topUp(billing, { ...paid, accountId: other.accountId })).rejects.toThrow('another payment');
    expect((await billing.services.accounts.show(accountId)).balance.paidNanoUsd).toBe(10_000_000_000n);
  });

  it.each<[string, Parameters<typeof payment>[1], string]>([
    ['a credit that the payment is not worth', { creditNanoUsd: 1n }, 'creditNanoUsd'],
    ['a payment of nothing', { paidMinorUnits: 0n, creditNanoUsd: 0n }, 'paidMinorUnits'],
    ['a negative payment', { paidMinorUnits: -5n, creditNanoUsd: -50_000_000n }, 'paidMinorUnits'],
    ['RMB without a quote', { currency: 'CNY' }, 'fxQuote'],
    ['RMB at a rate that nobody set', { currency: 'CNY', fxQuote: { quoteId: newId(), rate: 1n } }, 'fxQuote'],
    ['USD with a quote', { fxQuote: { quoteId: newId(), rate: 1n } }, 'fxQuote'],
    ['a channel that is none', { channel: 'provider' }, 'channel'],
    ['more than the ceiling', { paidMinorUnits: 900_000_001n, creditNanoUsd: 9_000_000_010_000_000n }, 'creditNanoUsd'],
  ])('are refused for %s, and nothing is posted', async (_name, change, param) => {
    const { accountId } = await billing.customer(0n);
    const refused = topUp(billing, payment(accountId, change));
    await expect(refused).rejects.toMatchObject({ code: 'invalid_parameter', details: { param } });
    const { balance } = await billing.services.accounts.show(accountId);
    expect([balance.paidNanoUsd, balance.ledgerVersion]).toEqual([0n, 0n]);
  });

  it('reach the ceiling and not one nano-dollar more', async () => {
    const { accountId } = await billing.customer(0n);
    const most = { paidMinorUnits: 900_000_000n, creditNanoUsd: NANO_USD_CEILING };
    expect((await topUp(billing, payment(accountId, most))).postedNanoUsd).toBe(NANO_USD_CEILING);
    await expect(topUp(billing, payment(accountId, { paidMinorUnits: 1n }))).rejects.toThrow('9,000,000');
  });

  it('are drawn after gifts and oldest first, once each for a batch, and told cumulatively', async () => {
    const customer = await billing.customer(100n);
    const first = await topUp(billing, payment(customer.accountId, { paidMinorUnits: 1n }));
    const second = await topUp(billing, payment(customer.accountId, { paidMinorUnits: 1n }));
    await use(customer, 60);
    await use(customer, 10_000_000);
    await use(customer, 100);
    expect(await lot(first.lotId)).toMatchObject({ drawnNanoUsd: 10_000_000n });
    expect(await lot(second.lotId)).toMatchObject({ drawnNanoUsd: 60n });
    const draws = (await events(customer.accountId))
      .filter(({ type }) => type === 'usage.settled')
      .map(({ body }) => body['draws']);
    expect(draws).toEqual([
      undefined,
      [{ lotId: z.encode(lotIdSchema, first.lotId), drawnNanoUsd: '9999960' }],
      [
        { lotId: z.encode(lotIdSchema, first.lotId), drawnNanoUsd: '10000000' },
        { lotId: z.encode(lotIdSchema, second.lotId), drawnNanoUsd: '60' },
      ],
    ]);
    expect(await auditDifferences(billing)).toEqual([]);
  });

  it('tell the RMB that was consumed: all of it once they are empty', async () => {
    const customer = await billing.customer(0n);
    const { lotId, postedNanoUsd } = await topUpInFen(billing, customer.accountId, 3n);
    for (let left = Number(postedNanoUsd); left > 0; left -= 1_500_000) await use(customer, Math.min(left, 1_500_000));
    const fen = (await events(customer.accountId))
      .filter(({ type }) => type === 'usage.settled')
      .map(({ body }) => z.array(z.object({ drawnFen: z.string() })).parse(body['draws'])[0]?.drawnFen);
    // 3 fen are 4,190,519 nano-USD: 1.07, 2.14 and all of them.
    expect(fen).toEqual(['1', '2', '3']);
    expect((await lot(lotId)).drawnNanoUsd).toBe(postedNanoUsd);
  });
});

function newId(): string {
  return '01990000-0000-7000-8000-0000000000aa';
}
