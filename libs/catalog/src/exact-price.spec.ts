import { describe, expect, it } from '@jest/globals';
import { parseRate } from '@apilink/money';
import { assert, bigInt, property } from 'fast-check';

import { exactPrice } from './exact-price.js';
import { ExactNumber } from './literal.js';

const price = (text: string, per?: bigint): string | null => exactPrice(new ExactNumber(text), per);

describe('exactPrice', () => {
  it.each([
    ['3', '3'],
    ['0.075', '0.075'],
    ['.5', '0.5'],
    ['2e5', '200000'],
    ['2.8e-3', '0.0028'],
    ['0', '0'],
    ['10.50', '10.5'],
  ])('writes %s as %s', (figure, text) => {
    expect(price(figure)).toBe(text);
  });

  it.each([
    ['0.18000000000000002', '0.18'],
    ['0.30000000000000004', '0.3'],
    ['0.09999999999999999', '0.1'],
  ])('takes the rest of float arithmetic off %s', (figure, text) => {
    expect(price(figure)).toBe(text);
  });

  it('divides exactly: an hour into seconds, a thousand searches into one', () => {
    expect(price('0.36', 3600n)).toBe('0.0001');
    expect(price('10', 1000n)).toBe('0.01');
  });

  it('rounds up what has no nine decimals, so that nothing is sold below its list price', () => {
    // 0.111 ÷ 3,600 = 0.0000308333…
    expect(price('0.111', 3600n)).toBe('0.000030834');
    expect(price('0.0000000001')).toBe('0.000000001');
  });

  it.each(['-1', 'NaN', 'Infinity', '', '.', '1e', '0x10', '1,5'])('is none for %p', (figure) => {
    expect(price(figure)).toBeNull();
  });

  it('is the figure itself wherever nine decimals suffice', () => {
    assert(
      property(bigInt({ min: 0n, max: 10n ** 14n }), (nano) => {
        const digits = nano.toString().padStart(10, '0');
        const figure = `${digits.slice(0, -9)}.${digits.slice(-9)}`;
        expect(parseRate(price(figure) ?? '')).toBe(nano);
      }),
      { numRuns: 1000 },
    );
  });
});
