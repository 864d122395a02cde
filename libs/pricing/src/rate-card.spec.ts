import { describe, expect, it } from '@jest/globals';

import {
  RateCardInvariantError,
  isInUtcWindow,
  rateCardProblem,
  rowOf,
  type RateCard,
  type RateRow,
  type RowCircumstances,
} from './rate-card.js';

const plain: RateRow = {
  minInputTokens: 0,
  serviceTier: null,
  utcWindow: null,
  startsAt: null,
  sell: { input: 1n, output: 2n },
  cost: { input: 1n, output: 2n },
};
const noon = Date.UTC(2026, 10, 22, 12, 0);

function cardOf(...rows: RateRow[]): RateCard {
  return { priceVersion: 'pv_test', modelId: 'demo/one', endpointId: 'demo/one', currency: 'USD', rows };
}

function rowIndex(card: RateCard, circumstances: Partial<RowCircumstances>): number {
  return card.rows.indexOf(rowOf(card, { inputTokens: 0, serviceTier: null, at: noon, ...circumstances }));
}

describe('rowOf', () => {
  it('takes the last row whose conditions all hold', () => {
    expect(rowIndex(cardOf(plain, { ...plain }, { ...plain, minInputTokens: 1 }), {})).toBe(1);
  });

  it('applies a tier from its first token on, and to the whole request', () => {
    const card = cardOf(plain, { ...plain, minInputTokens: 200_000 });
    expect(rowIndex(card, { inputTokens: 199_999 })).toBe(0);
    expect(rowIndex(card, { inputTokens: 200_000 })).toBe(1);
  });

  it('goes by the service tier of the response, and by the plain row for a tier that it does not price', () => {
    const card = cardOf(plain, { ...plain, serviceTier: 'priority' });
    expect(rowIndex(card, { serviceTier: 'priority' })).toBe(1);
    expect(rowIndex(card, { serviceTier: 'flex' })).toBe(0);
    expect(rowIndex(card, { serviceTier: null })).toBe(0);
  });

  it('applies a new price from its first millisecond on', () => {
    const card = cardOf(plain, { ...plain, startsAt: noon });
    expect(rowIndex(card, { at: noon - 1 })).toBe(0);
    expect(rowIndex(card, { at: noon })).toBe(1);
  });

  it('applies a row in its UTC window only', () => {
    const card = cardOf(plain, { ...plain, utcWindow: { fromMinute: 720, toMinute: 780 } });
    expect(rowIndex(card, { at: noon - 1 })).toBe(0);
    expect(rowIndex(card, { at: noon })).toBe(1);
    expect(rowIndex(card, { at: noon + 60 * 60_000 - 1 })).toBe(1);
    expect(rowIndex(card, { at: noon + 60 * 60_000 })).toBe(0);
  });

  it('throws when nothing applies, instead of charging nothing', () => {
    expect(() => rowOf(cardOf({ ...plain, minInputTokens: 1 }), { inputTokens: 0, serviceTier: null, at: 0 })).toThrow(
      RateCardInvariantError,
    );
  });
});

describe('isInUtcWindow', () => {
  // Off-peak hours of a provider: 16:30 to 00:30 UTC.
  const overMidnight = { fromMinute: 16 * 60 + 30, toMinute: 30 };

  it.each([
    [16, 29, false],
    [16, 30, true],
    [23, 59, true],
    [0, 0, true],
    [0, 29, true],
    [0, 30, false],
  ])('wraps over midnight: %i:%i', (hour, minute, inside) => {
    expect(isInUtcWindow(overMidnight, Date.UTC(2026, 10, 22, hour, minute, 59, 999))).toBe(inside);
  });

  it('lasts to the end of the day when it ends at minute 1440', () => {
    expect(isInUtcWindow({ fromMinute: 720, toMinute: 1440 }, Date.UTC(2026, 10, 22, 23, 59, 59, 999))).toBe(true);
    expect(isInUtcWindow({ fromMinute: 720, toMinute: 1440 }, Date.UTC(2026, 10, 23))).toBe(false);
  });
});

describe('rateCardProblem', () => {
  it('accepts a card that prices every request', () => {
    expect(rateCardProblem(cardOf(plain, { ...plain, minInputTokens: 200_000 }))).toBeNull();
  });

  it.each([
    ['a tier', { minInputTokens: 1 }],
    ['a service tier', { serviceTier: 'flex' }],
    ['a window', { utcWindow: { fromMinute: 0, toMinute: 1 } }],
    ['a start', { startsAt: 1 }],
  ])('refuses a card of which every row has %s', (_, condition) => {
    expect(rateCardProblem(cardOf({ ...plain, ...condition }))).toContain('no row applies to every request');
  });

  it('names the row and the dimension that lack a price, on either side', () => {
    expect(rateCardProblem(cardOf(plain, { ...plain, sell: { input: 1n } }))).toBe('row 2 has no price for output');
    expect(rateCardProblem(cardOf({ ...plain, cost: {} }))).toBe('row 1 has no price for input');
    expect(rateCardProblem(cardOf(plain), ['image'])).toBe('row 1 has no price for image');
  });

  it('refuses a price below zero and accepts zero where it is written down', () => {
    expect(rateCardProblem(cardOf({ ...plain, sell: { ...plain.sell, cacheRead: -1n } }))).toContain('negative');
    expect(rateCardProblem(cardOf({ ...plain, sell: { input: 0n, output: 0n } }))).toBeNull();
  });
});
