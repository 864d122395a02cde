import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';

import {
  NANO_USD_CEILING,
  femtoRateSchema,
  nanoUsdAmountSchema,
  nanoUsdSchema,
  positiveNanoUsdSchema,
} from './amounts.js';
import * as billingApi from './http/billing-api.js';

/** What somebody may write in place of whole nano-USD: none of it is rounded into something plausible. */
const senseless: readonly unknown[] = [
  '1.5',
  '0.000000001',
  '1e9',
  '-0',
  '+1',
  '01',
  '',
  ' 1',
  '1 ',
  '1,000',
  '0x10',
  'NaN',
  'Infinity',
  '١',
  1,
  1.5,
  Number.NaN,
  true,
  [],
  {},
];

describe('amounts on the wire', () => {
  const schemas: readonly [string, z.ZodType<bigint>][] = [
    ['any', nanoUsdSchema],
    ['zero or more', nanoUsdAmountSchema],
    ['more than zero', positiveNanoUsdSchema],
    ['rates', femtoRateSchema],
  ];

  it.each(schemas)('%s: refuse fractions, signs, words and JSON numbers', (_name, schema) => {
    for (const value of senseless) expect([value, schema.safeParse(value).success]).toEqual([value, false]);
  });

  it('refuse what is below zero, zero where nothing makes no sense, and what is above the ceiling', () => {
    const ceiling = NANO_USD_CEILING.toString();
    const above = (NANO_USD_CEILING + 1n).toString();
    const takes = (schema: z.ZodType<bigint>): boolean[] =>
      ['-1', '0', '1', ceiling, above].map((text) => schema.safeParse(text).success);
    expect(takes(nanoUsdAmountSchema)).toEqual([false, true, true, true, false]);
    expect(takes(positiveNanoUsdSchema)).toEqual([false, false, true, true, false]);
  });
});

function accepts(body: object): boolean {
  return billingApi.apiKeyUpdateSchema.safeParse(body).success;
}

function takesBudget(monthlyBudgetNanoUsd: unknown): boolean {
  return billingApi.workspaceUpdateSchema.safeParse({ monthlyBudgetNanoUsd }).success;
}

describe('caps and budgets', () => {
  it.each(['dailyCapNanoUsd', 'weeklyCapNanoUsd', 'monthlyCapNanoUsd'])(
    'a %s of 0 is refused: a key that may spend nothing is disabled, and null takes a cap away',
    (cap) => {
      for (const value of ['0', '-1', '1.5', (NANO_USD_CEILING + 1n).toString(), 1]) {
        expect([value, accepts({ [cap]: value })]).toEqual([value, false]);
      }
      for (const value of ['1', NANO_USD_CEILING.toString(), null]) expect(accepts({ [cap]: value })).toBe(true);
    },
  );

  it('a budget may be 0, which stops the keys of a workspace, and is refused for what is no amount', () => {
    expect(['0', '1', null].map(takesBudget)).toEqual([true, true, true]);
    expect(['-1', '0.5', (NANO_USD_CEILING + 1n).toString(), 0].map(takesBudget)).toEqual([false, false, false, false]);
  });

  it.each([0, -1, 1.5, 2 ** 53, Number.NaN, '5'])('limits of %p a minute, or at once, are refused', (limit) => {
    for (const name of ['requestsPerMinute', 'tokensPerMinute', 'concurrency']) {
      expect(accepts({ [name]: limit })).toBe(false);
    }
  });
});
