import type { ConfiguredPriceRow } from '@apilink/contracts';
import { describe, expect, it } from '@jest/globals';

import type { CatalogModel } from './catalog-data.js';
import { catalogDifference, isWithoutDifference, priceChanges } from './catalog-difference.js';

const plain: ConfiguredPriceRow = { price: { input: '10', output: '50' } };

function model(id: string, ...offers: (readonly [provider: string, prices?: ConfiguredPriceRow[]])[]): CatalogModel {
  return {
    id,
    name: id,
    description: '',
    offers: offers.map(([provider, prices]) => ({
      provider,
      upstreamModel: id,
      dialects: ['chat'],
      contextLength: 1000,
      maxOutputTokens: 100,
      capabilities: [],
      ...(prices === undefined ? {} : { prices }),
    })),
  };
}

function changeOf(before: ConfiguredPriceRow['price'], after: ConfiguredPriceRow['price']) {
  return priceChanges([{ price: before }], [{ price: after }]);
}

describe('priceChanges', () => {
  it('is nothing for prices that only write the same figure differently', () => {
    expect(changeOf({ input: '0.50' }, { input: '0.5' })).toEqual([]);
  });

  it.each([
    ['13', 3000n, false],
    ['13.000000001', 3000n, true],
    ['7', -3000n, false],
    ['6.999999999', -3000n, true],
    ['20', 10_000n, true],
  ])('tells 10 → %s in hundredths of a percent, and what jumps by more than 30 %', (after, basisPoints, isJump) => {
    expect(changeOf({ input: '10' }, { input: after })).toMatchObject([{ dimension: 'input', basisPoints, isJump }]);
  });

  it('compares a price of its own with what the part cost without one', () => {
    expect(changeOf({ input: '10' }, { input: '10', cacheRead: '1' })).toMatchObject([
      { dimension: 'cacheRead', before: '10', after: '1', basisPoints: -9000n, isJump: true },
    ]);
    expect(changeOf({ input: '10' }, { input: '10', cacheRead: '10' })).toEqual([]);
  });

  it('takes a price that is gone, and one in place of nothing to pay, for a jump', () => {
    expect(changeOf({ input: '1', webSearch: '0.01' }, { input: '1' })).toMatchObject([
      { dimension: 'webSearch', after: null, isJump: true },
    ]);
    expect(changeOf({ input: '0' }, { input: '1' })).toMatchObject([{ basisPoints: null, isJump: true }]);
  });

  it('compares a row that comes or goes with what its requests cost without it', () => {
    const long = { aboveInputTokens: 200_000, price: { input: '20', output: '50' } };
    expect(priceChanges([plain], [plain, long])).toMatchObject([
      { conditions: 'above 200000 input tokens', dimension: 'input', before: '10', after: '20', isJump: true },
    ]);
    expect(priceChanges([plain, long], [plain])).toMatchObject([{ before: '20', after: '10' }]);
  });

  it('compares rows by their conditions, not by their place', () => {
    const hours = { utc: { fromMinute: 990, toMinute: 30 }, price: { input: '5', output: '25' } };
    const flex = { serviceTier: 'flex', from: Date.UTC(2027, 0, 1), price: { input: '5', output: '25' } };
    expect(priceChanges([plain, hours, flex], [flex, plain, hours])).toEqual([]);
  });
});

describe('catalogDifference', () => {
  it('is nothing for the same catalog in another order', () => {
    const [one, other] = [model('a/one', ['x', [plain]], ['y']), model('a/two', ['x', [plain]])];
    const turned = { ...one, offers: one.offers.toReversed() };
    expect(isWithoutDifference(catalogDifference([one, other], [other, turned]))).toBe(true);
  });

  it('tells models and offers that come and go, and offers that lose their price', () => {
    const difference = catalogDifference(
      [model('a/old', ['x']), model('a/one', ['x', [plain]], ['gone', [plain]], ['free', [plain]])],
      [model('a/new', ['x']), model('a/one', ['x', [plain]], ['fresh', [plain]], ['free'])],
    );
    expect(difference).toEqual({
      newModels: ['a/new'],
      removedModels: ['a/old'],
      newOffers: ['a/one at fresh'],
      removedOffers: ['a/one at gone'],
      unpricedOffers: ['a/one at free'],
      changes: [],
    });
  });

  it('names model, provider and figure of every price that changes', () => {
    const dearer = { price: { input: '10', output: '55' } };
    expect(catalogDifference([model('a/one', ['x', [plain]])], [model('a/one', ['x', [dearer]])]).changes).toEqual([
      {
        modelId: 'a/one',
        provider: 'x',
        conditions: '',
        dimension: 'output',
        before: '50',
        after: '55',
        basisPoints: 1000n,
        isJump: false,
      },
    ]);
  });
});
