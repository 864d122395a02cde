import { describe, expect, it } from '@jest/globals';
import { assert, bigInt, property } from 'fast-check';

import { creditOfFen, formatFxRate, parseFxRate } from './fen.js';
import { MoneyInvariantError } from './money-invariant.js';

const rates = bigInt({ min: 1n, max: 10n ** 18n - 1n });

describe('parseFxRate', () => {
  it.each([
    ['0.13981234', 13_981_234n],
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

describe('creditOfFen', () => {
  it('credits ¥100.00 at 0.13981234 with $13.981234', () => {
    expect(creditOfFen(10_000n, 13_981_234n)).toBe(13_981_234_000n);
  });

  it('rounds down: one fen at 0.13981239 is 1,398,123.9 nano-USD', () => {
    expect(creditOfFen(1n, 13_981_239n)).toBe(1_398_123n);
  });

  it('never credits more than fen × rate and never a whole nano-dollar less', () => {
    assert(
      property(bigInt({ min: 0n, max: 10n ** 12n }), rates, (fen, rate) => {
        const exactTimesTen = fen * rate;
        const short = exactTimesTen - creditOfFen(fen, rate) * 10n;
        expect(short >= 0n && short < 10n).toBe(true);
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
