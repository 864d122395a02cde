import { describe, expect, it } from '@jest/globals';

import { pricedDialects, rateCardOf, ratesOf } from './rate-card.domain.js';

function version(input: string, cost?: string): string {
  return rateCardOf('acme/a', 'alpha/acme/a', [
    { price: { input, output: '1' }, ...(cost === undefined ? {} : { cost: { input: cost } }) },
  ]).priceVersion;
}

describe('rate cards', () => {
  it('are exact to the ninth decimal, per million and per unit', () => {
    expect(
      ratesOf({ input: '0.50', cacheRead: '0.0028', output: '0.000000001', image: '0.04', webSearch: '0.01' }),
    ).toEqual({
      input: 500_000_000n,
      cacheRead: 2_800_000n,
      output: 1n,
      image: 40_000_000_000_000n,
      webSearch: 10_000_000_000_000n,
    });
  });

  it('have a new version when the price or the cost changes, and the same one otherwise', () => {
    expect(version('0.50')).toBe(version('0.5'));
    expect(version('0.5', '0.5')).toBe(version('0.5'));
    expect(new Set([version('0.5'), version('0.6'), version('0.5', '0.4')]).size).toBe(3);
  });

  it('cost what they sell for where no cost is given', () => {
    const [row] = rateCardOf('m/a', 'p/m/a', [{ price: { input: '2', output: '8' }, cost: { input: '1' } }]).rows;
    expect(row?.cost).toEqual({ input: 1_000_000_000n, output: 8_000_000_000n });
  });

  it('say the conditions of a price list as a card does', () => {
    const price = { input: '2', output: '8' };
    const { rows } = rateCardOf('m/a', 'p/m/a', [
      { price },
      { price, aboveInputTokens: 200_000 },
      { price, serviceTier: 'flex' },
      { price, utc: { fromMinute: 990, toMinute: 30 } },
      { price, from: 1_700_000_000_000 },
    ]);
    const always = { minInputTokens: 0, serviceTier: null, utcWindow: null, startsAt: null };
    expect(rows.map(({ sell: _sell, cost: _cost, ...conditions }) => conditions)).toEqual([
      always,
      { ...always, minInputTokens: 200_001 },
      { ...always, serviceTier: 'flex' },
      { ...always, utcWindow: { fromMinute: 990, toMinute: 30 } },
      { ...always, startsAt: 1_700_000_000_000 },
    ]);
  });

  it('pay the list price for cache writes that are sold at the input price', () => {
    const price = { input: '4', output: '20', cacheWrite5m: '5', cacheWrite1h: '8' };
    const card = rateCardOf('anthropic/a', 'p/anthropic/a', [{ price }]);
    expect(card.rows[0]?.sell.cacheWrite5m).toBe(4_000_000_000n);
    expect(card.rows[0]?.cost).toMatchObject({ cacheWrite5m: 5_000_000_000n, cacheWrite1h: 8_000_000_000n });
    expect(card.cachePolicy).toBe('cache-2026-11');
  });

  it('offer an endpoint only for dialects that they can charge', () => {
    const card = rateCardOf('m/a', 'p/m/a', [{ price: { input: '2' } }]);
    expect(pricedDialects(['chat', 'embeddings', 'speech'], card)).toEqual(['embeddings']);
  });
});
