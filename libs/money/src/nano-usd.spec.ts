import { describe, expect, it } from '@jest/globals';
import { assert, bigInt, property } from 'fast-check';

import { MoneyInvariantError } from './money-invariant.js';
import { NANO_USD_CEILING, formatUsd, parseUsd, sumNanoUsd, usdNumber } from './nano-usd.js';

const amounts = bigInt({ min: 0n, max: NANO_USD_CEILING });

describe('parseUsd', () => {
  it.each([
    ['0', 0n],
    ['1', 1_000_000_000n],
    ['12.5', 12_500_000_000n],
    ['0.000000001', 1n],
    ['0.100000000', 100_000_000n],
    ['9000000', NANO_USD_CEILING],
  ])('reads %s exactly', (text, amount) => {
    expect(parseUsd(text)).toBe(amount);
  });

  it.each([
    '',
    '-1',
    '+1',
    '1e3',
    '1,000',
    '1.',
    '.5',
    '01',
    ' 1',
    '1 ',
    '1\n',
    '$1',
    '0x10',
    'NaN',
    '٣',
    '1.0000000001',
  ])('refuses %j instead of guessing', (text) => {
    expect(parseUsd(text)).toBeNull();
  });

  it('refuses a text of a million digits without computing it', () => {
    expect(parseUsd('9'.repeat(1_000_000))).toBeNull();
  });
});

describe('formatUsd', () => {
  it.each([
    [0n, '0.000000000'],
    [12_345n, '0.000012345'],
    [1_000_000_000n, '1.000000000'],
    [-1n, '-0.000000001'],
    [-1_500_000_000n, '-1.500000000'],
  ])('prints %s with nine decimals', (amount, text) => {
    expect(formatUsd(amount)).toBe(text);
  });

  it('loses nothing on the way to a header and back', () => {
    assert(
      property(amounts, (amount) => {
        expect(parseUsd(formatUsd(amount))).toBe(amount);
      }),
    );
  });
});

describe('usdNumber', () => {
  it('prints as the exact amount for every amount below 2^23 USD', () => {
    assert(
      property(bigInt({ min: 0n, max: 8_388_607_999_999_999n }), (amount) => {
        expect(usdNumber(amount).toFixed(9)).toBe(formatUsd(amount));
        expect(JSON.stringify(usdNumber(amount))).toBe(JSON.stringify(Number(formatUsd(amount))));
      }),
    );
  });
});

describe('sumNanoUsd', () => {
  it('adds exactly up to the ceiling', () => {
    expect(sumNanoUsd([NANO_USD_CEILING - 1n, 1n])).toBe(NANO_USD_CEILING);
    expect(sumNanoUsd([])).toBe(0n);
  });

  it.each([[[NANO_USD_CEILING, 1n]], [[-NANO_USD_CEILING, -1n]]])(
    'refuses a sum that the gate could not hold exactly',
    (beyond) => {
      expect(() => sumNanoUsd(beyond)).toThrow(MoneyInvariantError);
    },
  );
});
