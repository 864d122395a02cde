import { describe, expect, it } from '@jest/globals';
import { creditOfFen } from '@apilink/money';
import { assert, bigInt, property } from 'fast-check';

import { courseOf, endsOrder, moneyText, nextAskAt, TOPUP_NANO_USD_MIN } from './payment-order.domain.js';
import { leastFen, promisedCredit, topupRefusal } from './topup-amount.domain.js';

const order = { state: 'pending' as const, currency: 'USD' as const, minorUnits: 2_500n };
const payment = { paymentReference: 'p', currency: 'USD' as const, minorUnits: 2_500n, payer: null, paidAt: 0 };
const MINUTE = 60_000;

describe('the course of a payment', () => {
  it.each(['created', 'pending', 'expired', 'failed'] as const)('of an order that is %s is its account', (state) => {
    expect(courseOf(payment, { ...order, state }, true)).toEqual({ to: 'account' });
  });

  it.each([
    ['order_unknown', payment, null, true],
    ['second_payment', payment, { ...order, state: 'paid' as const }, true],
    ['currency_differs', { ...payment, currency: 'CNY' as const }, order, true],
    ['amount_differs', { ...payment, minorUnits: 2_499n }, order, true],
    ['amount_differs', { ...payment, minorUnits: 2_501n }, order, true],
    ['above_ceiling', payment, order, false],
  ] as const)('is suspense: %s', (reason, told, of, hasRoom) => {
    expect(courseOf(told, of, hasRoom)).toEqual({ to: 'suspense', reason });
  });

  it('is never taken back by an end that is told later', () => {
    const states = ['created', 'pending', 'paid', 'expired', 'failed'] as const;
    expect(states.filter((state) => endsOrder({ state }))).toEqual(['created', 'pending']);
  });
});

describe('asking a channel', () => {
  it('begins after two minutes, becomes rarer, and ends a week after the checkout', () => {
    const asks = Array.from({ length: 12 }, (_, asked) => nextAskAt({ asked, expiresAt: 0 }, 0) ?? 0);
    expect(asks.slice(0, 3)).toEqual([2 * MINUTE, 4 * MINUTE, 8 * MINUTE]);
    expect(Math.max(...asks)).toBe(24 * 60 * MINUTE);
    expect(nextAskAt({ asked: 3, expiresAt: 0 }, 7 * 24 * 60 * MINUTE + 1)).toBeNull();
  });
});

describe('the least top-up', () => {
  it('in fen is the fewest that are credited with five dollars, at every rate', () => {
    assert(
      property(bigInt({ min: 1n, max: 10n ** 13n }), (rate) => {
        const least = leastFen(rate);
        expect(creditOfFen(least, rate)).toBeGreaterThanOrEqual(TOPUP_NANO_USD_MIN);
        expect(least === 0n || creditOfFen(least - 1n, rate) < TOPUP_NANO_USD_MIN).toBe(true);
      }),
    );
  });

  it('is told in the currency that was asked', () => {
    const quote = { quoteId: 'q', rate: 712_340_000n };
    const money = { currency: 'CNY' as const, minorUnits: 3_561n };
    expect(topupRefusal(money, promisedCredit(money, quote))).toEqual({
      code: 'topup_below_minimum',
      details: { param: 'minorUnits', least: '¥35.62 ($5.00 at 7.12340000 CNY per USD)', detail: '¥35.61' },
    });
    const enough = { ...money, minorUnits: 3_562n };
    expect(topupRefusal(enough, promisedCredit(enough, quote))).toBeNull();
  });

  it('has an upper end too: a mistyped amount is no order', () => {
    const money = { currency: 'USD' as const, minorUnits: 100_000_001n };
    expect(topupRefusal(money, promisedCredit(money, null))).toMatchObject({ code: 'invalid_parameter' });
  });
});

describe('money for people', () => {
  it.each([
    [1n, '$0.01'],
    [99n, '$0.99'],
    [100n, '$1.00'],
    [123_456_789n, '$1234567.89'],
  ])('prints %s cents as %s', (minorUnits, text) => {
    expect(moneyText({ currency: 'USD', minorUnits })).toBe(text);
  });
});
