import { describe, expect, it } from '@jest/globals';
import { assert, bigInt, property } from 'fast-check';

import { creditOfCents, creditOfFen, formatFxRate, parseFxRate, rateWithSpread, shareOfPayment } from './fen.js';
import { MoneyInvariantError } from './money-invariant.js';

const rates = bigInt({ min: 1n, max: 10n ** 18n - 1n });

describe('parseFxRate', () => {
  it.each([
    ['7.1234', 712_340_000n],
    ['1', 100_000_000n],
    ['0.00000001', 1n],
    ['9999999999.99999999', 999_999_999_999_999_999n],
  ])('reads %s as numeric(18,8)', (text, rate) => {
    expect(parseFxRate(text)).toBe(rate);
  });

  it.each(['0', '0.00000000', '-1', '0.139812345', '10000000000', '1e2', ''])('refuses %j', (text) => {
    expect(parseFxRate(text)).toBeNull();
  });

  it('survives the way through Postgres', () => {
    assert(
      property(rates, (rate) => {
        expect(parseFxRate(formatFxRate(rate))).toBe(rate);
      }),
    );
  });
});

describe('rateWithSpread', () => {
  it.each([
    [712_340_000n, 50n, 715_901_700n],
    [712_340_000n, 0n, 712_340_000n],
    // 1.00000001 × 1.0001 = 1.0001000100 01: the next 10^-8 up.
    [100_000_001n, 1n, 100_010_002n],
  ])('makes %s dearer by %s basis points', (market, spread, rate) => {
    expect(rateWithSpread(market, spread)).toBe(rate);
  });

  it.each([
    [0n, 50n],
    [712_340_000n, -1n],
  ])('refuses a market rate of %s with a spread of %s', (market, spread) => {
    expect(() => rateWithSpread(market, spread)).toThrow(MoneyInvariantError);
  });
});

describe('creditOfFen', () => {
  it('credits ¥71.59 at 7.159017 with $9.999976253, rounded down', () => {
    // 7159 fen × 10^15 / 715901700 = 9,999,976,253.723…
    expect(creditOfFen(7_159n, 715_901_700n)).toBe(9_999_976_253n);
  });

  it('credits ¥71,234.00 at 7.1234 with exactly $10,000', () => {
    expect(creditOfFen(7_123_400n, 712_340_000n)).toBe(10_000_000_000_000n);
  });

  it('never credits more than was paid for and never a whole nano-dollar less', () => {
    assert(
      property(bigInt({ min: 0n, max: 10n ** 12n }), rates, (fen, rate) => {
        const short = fen * 10n ** 15n - creditOfFen(fen, rate) * rate;
        expect(short >= 0n && short < rate).toBe(true);
      }),
    );
  });

  it.each([
    [-1n, 1n],
    [1n, 0n],
    [1n, -1n],
  ])('refuses %s fen at rate %s', (fen, rate) => {
    expect(() => creditOfFen(fen, rate)).toThrow(MoneyInvariantError);
  });
});

describe('creditOfCents', () => {
  it('credits $5.00 with five dollars', () => {
    expect(creditOfCents(500n)).toBe(5_000_000_000n);
    expect(() => creditOfCents(-1n)).toThrow(MoneyInvariantError);
  });
});

describe('shareOfPayment', () => {
  it('adds up to the whole payment when the whole credit is taken, in whatever portions', () => {
    expect(shareOfPayment(10_000n, 13_900_000_000n, 13_900_000_000n)).toBe(10_000n);
    expect(shareOfPayment(10_000n, 1n, 13_900_000_000n)).toBe(0n);
  });

  it.each([
    [1n, 0n],
    [-1n, 1n],
    [2n, 1n],
  ])('refuses %s of %s', (part, whole) => {
    expect(() => shareOfPayment(10_000n, part, whole)).toThrow(MoneyInvariantError);
  });
});
