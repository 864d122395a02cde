import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { rateCardSchema } from './prices.js';
import { usageVectorSchema } from './usage-vector.js';

const row = {
  minInputTokens: 0,
  serviceTier: null,
  utcWindow: null,
  startsAt: null,
  sell: { input: '1000', cacheWrite5m: '1000' },
  cost: { input: '1000', cacheWrite5m: '1250' },
};
const card = {
  priceVersion: `pv_${'0'.repeat(32)}`,
  modelId: 'anthropic/one',
  endpointId: 'p/anthropic/one',
  currency: 'USD',
  rows: [row],
};
const absorbing = { ...card, cachePolicy: 'cache-2026-11', rows: [{ ...row, absorbed: { cacheWrite5m: '250' } }] };

describe('rate cards on the wire', () => {
  it.each([
    ['as they were before there were policies', card],
    ['with what they absorb and why', absorbing],
  ])('are read and written without a change %s', (_, wire) => {
    expect(z.encode(rateCardSchema, rateCardSchema.parse(wire))).toEqual(wire);
  });

  it.each<[string, object]>([
    ['a negative rate', { rows: [{ ...row, sell: { input: '-1' } }] }],
    ['a fraction of a femto-dollar', { rows: [{ ...row, sell: { input: '1.5' } }] }],
    ['a rate as a JSON number', { rows: [{ ...row, sell: { input: 1 } }] }],
    ['a rate beyond every price', { rows: [{ ...row, sell: { input: '1'.repeat(19) } }] }],
    ['a negative absorption', { rows: [{ ...row, absorbed: { cacheWrite5m: '-250' } }] }],
    ['a dimension that nobody knows', { rows: [{ ...row, sell: { thoughts: '1' } }] }],
    ['another currency', { currency: 'EUR' }],
    ['no rows', { rows: [] }],
    ['a version that is no hash', { priceVersion: 'pv_latest' }],
  ])('are refused with %s', (_, changes) => {
    expect(rateCardSchema.safeParse({ ...card, ...changes }).success).toBe(false);
  });
});

describe('usage on the wire', () => {
  it.each([Number.NaN, Infinity, -1, 0.5, 2 ** 60, 2 ** 53, '12', null])('is refused with %p tokens', (input) => {
    expect(usageVectorSchema.safeParse({ input }).success).toBe(false);
  });
});
