import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { paymentOrderIdSchema, type AccountId } from '@apilink/contracts';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';
import { v7 as uuidv7 } from 'uuid';

import { BillingScenario, scenarioPayments } from '../scenario/billing-scenario.factory.js';
import { signSandboxEvent } from '../sandbox-checkout/sandbox-event.domain.js';
import type { ChannelFact, PaymentCurrency } from './payment-channel.domain.js';
import type { PaymentOrder } from './payment-order.domain.js';
import type { PostedEvent } from './payment.service.js';

const SECRET = scenarioPayments.sandboxSecret ?? '';
const SHUFFLES = 12;

describe('money that a channel tells of', () => {
  let test: TestDatabase;
  let billing: BillingScenario;
  let now = Date.parse('2026-11-22T12:00:00.000Z');

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingScenario.create(test, { now: () => now, holdExpiryMs: 90_000 });
    await billing.services.fx.set({
      currency: 'CNY',
      marketRate: 700_000_000n,
      spreadBasisPoints: 0,
      validForMs: 86_400_000,
      actor: 'test',
    });
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  async function order(minorUnits = 2_500n, currency: PaymentCurrency = 'USD'): Promise<PaymentOrder> {
    const { accountId } = await billing.customer(0n);
    return billing.services.topups.create(request(accountId, minorUnits, currency), 'test');
  }

  function paid({ currency, minorUnits }: PaymentOrder, number = 'p1', change: Partial<{ minorUnits: bigint }> = {}) {
    const payment = { paymentReference: number, currency, minorUnits, payer: null, paidAt: now, ...change };
    return { kind: 'paid' as const, payment };
  }

  /** As the channel posts it. */
  function posted({ orderId, reference }: PaymentOrder, eventId: string, fact: ChannelFact): PostedEvent {
    return signSandboxEvent({ eventId, orderId, reference: reference ?? '', fact }, SECRET, now);
  }

  function receive(of: PaymentOrder, eventId: string, fact: ChannelFact): Promise<void> {
    return billing.services.paymentService.receive('sandbox', posted(of, eventId, fact));
  }

  async function balanceOf({ accountId }: PaymentOrder): Promise<bigint> {
    return (await billing.services.accounts.show(accountId)).balance.paidNanoUsd;
  }

  async function suspenseOf({ orderId }: PaymentOrder) {
    return (await billing.services.suspenseService.list({ limit: 500 })).entries.filter(
      (one) => one.orderId === orderId,
    );
  }

  it('credits what was ordered, exactly, and the gate lets it be spent', async () => {
    const made = await order(2_501n);
    await receive(made, uuidv7(), paid(made, uuidv7()));
    expect(await balanceOf(made)).toBe(25_010_000_000n);
    const { order: after, payments } = await billing.services.topups.show(made.orderId);
    expect(after.state).toBe('paid');
    expect(payments).toMatchObject([{ disposition: 'credited', minorUnits: 2_501n }]);
    expect((await billing.gate.inspect(made.accountId))?.balance.postedNanoUsd).toBe(25_010_000_000n);
  });

  it('credits RMB at the rate that was promised, rounded down to the nano-dollar', async () => {
    const made = await order(10_000n, 'CNY');
    expect(made.creditNanoUsd).toBe(14_285_714_285n);
    await receive(made, uuidv7(), paid(made, uuidv7()));
    expect(await balanceOf(made)).toBe(14_285_714_285n);
  });

  it.each([
    [499n, 'USD', '$5.00', '$4.99'],
    [3_499n, 'CNY', '¥35.00', '¥34.99'],
  ] as const)('refuses a top-up of %s in %s and tells the least', async (minorUnits, currency, least, asked) => {
    const { accountId } = await billing.customer(0n);
    const refused = billing.services.topups.create(request(accountId, minorUnits, currency), 'test');
    await expect(refused).rejects.toMatchObject({
      code: 'topup_below_minimum',
      details: { least: expect.stringContaining(least), detail: asked },
    });
    expect(await billing.services.topups.list({ accountId, limit: 10 })).toMatchObject({ orders: [] });
    await expect(
      billing.services.topups.create(request(accountId, minorUnits + 1n, currency), 'test'),
    ).resolves.toMatchObject({ state: 'pending' });
  });

  it('is one order under one request key, also when it is asked for at once, and refuses the key for another amount', async () => {
    const { accountId } = await billing.customer(0n);
    const keyed = { ...request(accountId, 2_500n), requestKey: 'the-same-key' };
    const made = await Promise.all([1, 2, 3].map(() => billing.services.topups.create(keyed, 'test')));
    expect(new Set(made.map(({ orderId }) => orderId)).size).toBe(1);
    expect(new Set(made.map(({ checkoutUrl }) => checkoutUrl)).size).toBe(1);
    await expect(billing.services.topups.create({ ...keyed, minorUnits: 2_600n }, 'test')).rejects.toMatchObject({
      details: { param: 'requestKey' },
    });
  });

  it('credits one payment once, however often and at once its event comes', async () => {
    const made = await order();
    const event = posted(made, uuidv7(), paid(made, uuidv7()));
    await Promise.all([1, 2, 3, 4, 5].map(() => billing.services.paymentService.receive('sandbox', event)));
    await billing.services.paymentService.receive('sandbox', event);
    expect(await balanceOf(made)).toBe(25_000_000_000n);
    expect(await suspenseOf(made)).toEqual([]);
  });

  it('credits one payment once that several events and the channel itself tell of, at once', async () => {
    const made = await order();
    const fact = paid(made, uuidv7());
    await Promise.all([
      receive(made, uuidv7(), fact),
      receive(made, uuidv7(), fact),
      billing.services.paymentService.applyStanding(made, { state: 'closed', payments: [fact.payment] }, now),
    ]);
    expect(await balanceOf(made)).toBe(25_000_000_000n);
    expect(await suspenseOf(made)).toEqual([]);
    expect((await billing.services.topups.show(made.orderId)).order.state).toBe('paid');
  });

  it('keeps the second payment of an order in suspense, when both come at once', async () => {
    const made = await order();
    await Promise.all(['a', 'b'].map((name) => receive(made, uuidv7(), paid(made, `${made.orderId}.${name}`))));
    expect(await balanceOf(made)).toBe(25_000_000_000n);
    expect(await suspenseOf(made)).toMatchObject([
      { reason: 'second_payment', minorUnits: 2_500n, state: 'unmatched', proposedAccountId: made.accountId },
    ]);
  });

  it('credits a payment that comes after the order expired or failed, and no end takes a payment back', async () => {
    for (const end of [{ kind: 'expired' }, { kind: 'declined', reason: 'no' }] as const) {
      const late = await order();
      await receive(late, uuidv7(), end);
      expect((await billing.services.topups.show(late.orderId)).order.state).not.toBe('pending');
      await receive(late, uuidv7(), paid(late, uuidv7()));
      await receive(late, uuidv7(), end);
      expect(await balanceOf(late)).toBe(25_000_000_000n);
      expect((await billing.services.topups.show(late.orderId)).order).toMatchObject({ state: 'paid', reason: null });
    }
  });

  it('keeps another amount in suspense, and credits the right one after it', async () => {
    const made = await order();
    await receive(made, uuidv7(), paid(made, uuidv7(), { minorUnits: 2_400n }));
    expect(await balanceOf(made)).toBe(0n);
    expect(await suspenseOf(made)).toMatchObject([{ reason: 'amount_differs', minorUnits: 2_400n }]);
    await receive(made, uuidv7(), paid(made, uuidv7()));
    expect(await balanceOf(made)).toBe(25_000_000_000n);
  });

  it('keeps another currency in suspense: 2,500 fen are no 2,500 cents', async () => {
    const made = await order();
    await receive(made, uuidv7(), paid({ ...made, currency: 'CNY' }, uuidv7()));
    expect(await balanceOf(made)).toBe(0n);
    expect(await suspenseOf(made)).toMatchObject([{ reason: 'currency_differs', currency: 'CNY' }]);
  });

  it('keeps a payment of an unknown order in suspense instead of losing it', async () => {
    const made = await order();
    const stranger = { ...made, orderId: uuidOf(made) };
    const number = uuidv7();
    await receive(stranger, uuidv7(), paid(stranger, number));
    const { entries } = await billing.services.suspenseService.list({ state: 'open', limit: 500 });
    expect(entries).toContainEqual(
      expect.objectContaining({ reference: number, reason: 'order_unknown', orderId: null }),
    );
  });

  it('keeps what would lift the account above its ceiling in suspense', async () => {
    const { accountId } = await billing.customer(9_000_000_000_000_000n - 24_000_000_000n);
    const made = await billing.services.topups.create(request(accountId, 2_500n), 'test');
    await receive(made, uuidv7(), paid(made, uuidv7()));
    expect(await balanceOf(made)).toBe(0n);
    expect(await suspenseOf(made)).toMatchObject([{ reason: 'above_ceiling' }]);
  });

  it('ends with the same books in whatever order events come, repeated and at once', async () => {
    for (let round = 0; round < SHUFFLES; round += 1) {
      const made = await order();
      const events = [
        posted(made, `${made.orderId}.1`, paid(made, `${made.orderId}.1`)),
        posted(made, `${made.orderId}.2`, paid(made, `${made.orderId}.2`)),
        posted(made, `${made.orderId}.x`, { kind: 'expired' }),
        posted(made, `${made.orderId}.d`, { kind: 'declined', reason: 'no' }),
      ];
      const told = [...events, ...events].map((event, index) => ({ event, at: (index * 7 + round * 3) % 8 }));
      const sorted = told.toSorted((one, other) => one.at - other.at).map(({ event }) => event);
      await Promise.all(sorted.slice(0, 4).map((event) => billing.services.paymentService.receive('sandbox', event)));
      for (const event of sorted.slice(4)) await billing.services.paymentService.receive('sandbox', event);
      expect(await balanceOf(made)).toBe(25_000_000_000n);
      expect(await suspenseOf(made)).toHaveLength(1);
      expect((await billing.services.topups.show(made.orderId)).order.state).toBe('paid');
    }
  });

  it('refuses what the channel did not sign, or signed long ago, and records nothing of it', async () => {
    const made = await order();
    const event = posted(made, uuidv7(), paid(made, uuidv7()));
    const forged = { ...event, rawBody: Buffer.from(event.rawBody.toString().replace('2500', '9900')) };
    const old = signSandboxEvent(
      { eventId: uuidv7(), orderId: made.orderId, reference: made.reference ?? '', fact: paid(made) },
      SECRET,
      now - 301_000,
    );
    for (const refused of [forged, old, { ...event, headers: {} }]) {
      await expect(billing.services.paymentService.receive('sandbox', refused)).rejects.toMatchObject({
        code: 'payment_event_refused',
      });
    }
    await expect(billing.services.paymentService.receive('bank_transfer', event)).rejects.toMatchObject({
      code: 'invalid_parameter',
    });
    expect(await balanceOf(made)).toBe(0n);
  });

  it('asks the channel about orders of which nothing was heard, and finds the payment whose event was lost', async () => {
    const made = await order();
    const { sandboxCheckouts, unheard } = await lostPayment(made);
    expect(await sandboxCheckouts(unheard)).toBe(1);
    expect(await balanceOf(made)).toBe(0n);
    now += 3 * 60_000;
    while (await billing.services.reconciliation.reconcile());
    expect(await balanceOf(made)).toBe(25_000_000_000n);
    const untouched = await order();
    now += 40 * 60_000;
    while (await billing.services.reconciliation.reconcile());
    expect((await billing.services.topups.show(untouched.orderId)).order.state).toBe('expired');
    expect(await balanceOf(untouched)).toBe(0n);
  });

  it('leaves the books without a difference', async () => {
    expect(await billing.auditDifferences()).toEqual([]);
  });

  /** A payment that the sandbox took and never told of. */
  async function lostPayment(made: PaymentOrder) {
    await billing.database.query(
      `INSERT INTO sandbox_payments (payment_reference, reference, currency, minor_units) VALUES ($1, $2, $3, $4)`,
      [`${made.reference}.lost`, made.reference, made.currency, made.minorUnits.toString()],
    );
    const sandboxCheckouts = async (reference: string) => {
      const rows = await billing.database.query('SELECT 1 FROM sandbox_payments WHERE reference = $1', [reference]);
      return rows.length;
    };
    return { sandboxCheckouts, unheard: made.reference ?? '' };
  }
});

function uuidOf({ orderId }: PaymentOrder): PaymentOrder['orderId'] {
  const [first = '', ...rest] = orderId.split('-');
  const other = [first === 'ffffffff' ? 'fffffffe' : 'ffffffff', ...rest].join('-');
  return paymentOrderIdSchema.out.parse(other);
}

function request(accountId: AccountId, minorUnits: bigint, currency: PaymentCurrency = 'USD') {
  return { accountId, channel: 'sandbox', currency, minorUnits, language: 'en' as const, requestKey: uuidv7() };
}
