import { describe, expect, it } from '@jest/globals';
import { assert, bigInt, property } from 'fast-check';

import { FEMTO_PER_NANO, ceilFemtoToNano, floorFemtoToNano, parseRate, rateOfOneUnit } from './femto-usd.js';
import { parseUsd } from './nano-usd.js';

const femto = bigInt({ min: -(10n ** 24n), max: 10n ** 24n });

describe('parseRate', () => {
  it.each([
    // $1 per million tokens = 10^-6 USD a token = 10^9 femto-USD.
    ['1', 1_000_000_000n],
    ['2.5', 2_500_000_000n],
    // 2.8 nano-USD a token: what nano could not express.
    ['0.0028', 2_800_000n],
    ['0.000000001', 1n],
    ['0', 0n],
  ])('reads $%s per million units', (text, rate) => {
    expect(parseRate(text)).toBe(rate);
  });

  it.each(['', '-1', '1.', '1e-3', '1.0000000001', 'free'])('refuses %j', (text) => {
    expect(parseRate(text)).toBeNull();
  });

  it('agrees with a price of one unit', () => {
    // $10,000 per million requests is $0.01 a request.
    expect(parseRate('10000')).toBe(rateOfOneUnit(parseUsd('0.01') ?? 0n));
  });
});

describe('ceilFemtoToNano and floorFemtoToNano', () => {
  it.each([
    [0n, 0n, 0n],
    [1n, 1n, 0n],
    [999_999n, 1n, 0n],
    [1_000_000n, 1n, 1n],
    [1_000_001n, 2n, 1n],
    [-1n, 0n, -1n],
    [-1_000_001n, -1n, -2n],
  ])('rounds %s femto up to %s for a charge and down to %s for a refund', (amount, up, down) => {
    expect(ceilFemtoToNano(amount)).toBe(up);
    expect(floorFemtoToNano(amount)).toBe(down);
  });

  it('never charges less and never refunds more than the exact amount, by less than one nano-dollar', () => {
    assert(
      property(femto, (amount) => {
        const above = ceilFemtoToNano(amount) * FEMTO_PER_NANO - amount;
        const below = amount - floorFemtoToNano(amount) * FEMTO_PER_NANO;
        expect(above >= 0n && above < FEMTO_PER_NANO).toBe(true);
        expect(below >= 0n && below < FEMTO_PER_NANO).toBe(true);
      }),
    );
  });

  it('never makes two charges cheaper together than apart', () => {
    assert(
      property(femto, femto, (one, other) => {
        expect(ceilFemtoToNano(one + other) <= ceilFemtoToNano(one) + ceilFemtoToNano(other)).toBe(true);
      }),
    );
  });
});
