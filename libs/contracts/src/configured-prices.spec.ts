import { describe, expect, it } from '@jest/globals';

import { configurationFileSchema, priceRowsOf } from './configuration-file.js';
import type { ConfiguredPriceRow } from './configured-prices.js';

const base = { price: { input: '1.25', output: '10' } };

function reading(endpoint: object): { rows: readonly ConfiguredPriceRow[]; problem: string | null } {
  const endpoints = [{ provider: 'openai', ...endpoint }];
  const file = { models: [{ id: 'acme/echo-1', contextLength: 1000, maxOutputTokens: 100, endpoints }] };
  const result = configurationFileSchema.safeParse(file);
  const [issue] = result.error?.issues ?? [];
  const [read] = result.data?.models[0]?.endpoints ?? [];
  return {
    rows: read === undefined ? [] : priceRowsOf(read),
    problem: issue === undefined ? null : `${issue.path.slice(4).join('.')}: ${issue.message}`,
  };
}

describe('prices of a configuration file', () => {
  it('are one row where the simple form is used', () => {
    expect(reading({ price: base.price, cost: { input: '1' } }).rows).toEqual([
      { price: base.price, cost: { input: '1' } },
    ]);
  });

  it('may depend on length, service tier, hours of the UTC day, and the day', () => {
    const { rows, problem } = reading({
      prices: [
        base,
        { ...base, aboveInputTokens: 200_000 },
        { ...base, serviceTier: 'priority' },
        { ...base, utc: '16:30-00:30' },
        { ...base, utc: '12:00-24:00' },
        { ...base, from: '2027-01-01' },
        { ...base, from: '2027-01-01T12:30Z', cost: { input: '1', output: '8' } },
      ],
    });
    expect(problem).toBeNull();
    expect(rows).toEqual([
      base,
      { ...base, aboveInputTokens: 200_000 },
      { ...base, serviceTier: 'priority' },
      { ...base, utc: { fromMinute: 990, toMinute: 30 } },
      { ...base, utc: { fromMinute: 720, toMinute: 1440 } },
      { ...base, from: Date.UTC(2027, 0, 1) },
      { ...base, from: Date.UTC(2027, 0, 1, 12, 30), cost: { input: '1', output: '8' } },
    ]);
  });

  it.each<[string, object, string]>([
    ['both forms', { price: base.price, prices: [base] }, 'prices: stands in place of price and cost'],
    ['a cost beside rows', { cost: base.price, prices: [base] }, 'prices: stands in place of price and cost'],
    ['no rows', { prices: [] }, 'prices: Too small'],
    [
      'only rows with conditions',
      { prices: [{ ...base, serviceTier: 'flex' }] },
      'prices: one row without conditions is needed',
    ],
    [
      'a row that never applies',
      { prices: [base, base] },
      'prices: row 1 never applies: row 2 has the same conditions',
    ],
    [
      'a row that prices less than its dialect needs',
      { dialects: ['chat'], prices: [base, { aboveInputTokens: 1, price: { input: '1' } }] },
      'prices: the model acme/echo-1 has no sufficient price at the provider openai: chat needs input and output in every row',
    ],
    [
      'a negative price',
      { prices: [{ price: { input: '-1', output: '1' } }] },
      'prices.0.price.input: expected a decimal',
    ],
    [
      'ten decimals',
      { price: { input: '0.0000000001', output: '1' } },
      'price.input: expected a decimal string of at most nine',
    ],
    ['a price beyond the ceiling', { price: { input: '1000000', output: '1' } }, 'below 1000000, like "0.50"'],
    [
      'a price of one request beyond the ceiling',
      { price: { ...base.price, request: '1000' } },
      'below 1000, like "0.50"',
    ],
    [
      'a number in place of a decimal string',
      { price: { input: 0.5, output: '1' } },
      'expected a decimal string in quotes',
    ],
    [
      'notation with an exponent',
      { price: { input: '1e-3', output: '1' } },
      'expected a decimal string of at most nine',
    ],
    ['not a number', { price: { input: 'NaN', output: '1' } }, 'expected a decimal string of at most nine'],
    ['hours that do not exist', { prices: [base, { ...base, utc: '25:00-26:00' }] }, 'expected hours of the UTC day'],
    [
      'hours without length',
      { prices: [base, { ...base, utc: '08:00-08:00' }] },
      'expected hours that end at another time',
    ],
    ['a day that does not exist', { prices: [base, { ...base, from: '2027-02-30' }] }, 'is no day of the calendar'],
    ['a start without a zone', { prices: [base, { ...base, from: '2027-02-28T12:00' }] }, 'expected a day like'],
    ['tokens by halves', { prices: [base, { ...base, aboveInputTokens: 1.5 }] }, 'prices.1.aboveInputTokens'],
  ])('are refused with their place: %s', (_, endpoint, message) => {
    expect(reading(endpoint).problem).toContain(message);
  });
});
