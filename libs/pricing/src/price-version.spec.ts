import { describe, expect, it } from '@jest/globals';

import { priceVersionOf } from './price-version.js';
import type { RateCard, RateRow } from './rate-card.js';

const row: RateRow = {
  minInputTokens: 0,
  serviceTier: null,
  utcWindow: { fromMinute: 990, toMinute: 30 },
  startsAt: 1_700_000_000_000,
  sell: { input: 500_000_000n, output: 1_500_000_000n, cacheRead: 50_000_000n },
  cost: { input: 450_000_000n, output: 1_400_000_000n },
};
const card: Omit<RateCard, 'priceVersion'> = {
  modelId: 'demo/one',
  endpointId: 'demo/one/main',
  currency: 'USD',
  rows: [row],
};

describe('priceVersionOf', () => {
  it('never changes for a published card: receipts and holds name it for ever', () => {
    expect(priceVersionOf(card)).toBe('pv_87a447d616969d739a0b029f67a8fc67');
  });

  it('does not hang on the order of keys, on absent rates, or on a version that is there already', () => {
    const { sell, cost } = row;
    const shuffled = {
      rows: [
        {
          startsAt: row.startsAt,
          cost: { output: cost.output ?? 0n, input: cost.input ?? 0n },
          sell: { cacheRead: sell.cacheRead ?? 0n, output: sell.output ?? 0n, input: sell.input ?? 0n },
          utcWindow: { toMinute: 30, fromMinute: 990 },
          serviceTier: null,
          minInputTokens: 0,
        },
      ],
      currency: 'USD' as const,
      priceVersion: 'pv_old',
      endpointId: 'demo/one/main',
      modelId: 'demo/one',
    };
    expect(priceVersionOf(shuffled)).toBe(priceVersionOf(card));
  });

  it.each<[string, Omit<RateCard, 'priceVersion'>]>([
    ['model', { ...card, modelId: 'demo/two' }],
    ['endpoint', { ...card, endpointId: 'demo/one/other' }],
    ['sell rate', { ...card, rows: [{ ...row, sell: { ...row.sell, input: 500_000_001n } }] }],
    ['cost rate', { ...card, rows: [{ ...row, cost: { ...row.cost, input: 450_000_001n } }] }],
    ['rate of zero', { ...card, rows: [{ ...row, sell: { ...row.sell, reasoning: 0n } }] }],
    ['tier', { ...card, rows: [{ ...row, minInputTokens: 1 }] }],
    ['service tier', { ...card, rows: [{ ...row, serviceTier: 'flex' }] }],
    ['window', { ...card, rows: [{ ...row, utcWindow: null }] }],
    ['start', { ...card, rows: [{ ...row, startsAt: null }] }],
    ['row', { ...card, rows: [row, row] }],
  ])('is another one for another %s', (_, other) => {
    expect(priceVersionOf(other)).not.toBe(priceVersionOf(card));
  });

  it('is another one when the order of rows is, since the last one that holds wins', () => {
    const second = { ...row, minInputTokens: 1 };
    expect(priceVersionOf({ ...card, rows: [row, second] })).not.toBe(priceVersionOf({ ...card, rows: [second, row] }));
  });
});
