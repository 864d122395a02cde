import { describe, expect, it } from '@jest/globals';

import { genaiModelOf, readGenaiPrices } from './genai-prices.js';
import { CatalogSourceError } from './source-model.js';

function bundle(models: string): string {
  return `const x = 7;\nconst E = [\n  {\n    id: "acme",\n    api_pattern: "https://acme",\n    models: [${models}]\n  }\n], J = {};\nfetch("x");`;
}

const plain = `{ id: "one", match: { equals: "one" }, prices: { input_mtok: 0.075, output_mtok: 3 } }`;

function pricesOf(prices: string) {
  return readGenaiPrices(bundle(`{ id: "one", match: { equals: "one" }, prices: ${prices} }`)).get('acme')?.[0]?.prices;
}

describe('readGenaiPrices', () => {
  it('reads every kind of price that a card has, each for its unit', () => {
    expect(
      pricesOf(`{ input_mtok: 3, output_mtok: 15, cache_read_mtok: .3, cache_write_mtok: 3.75, cache_write_1h_mtok: 6,
        input_audio_mtok: 1, output_audio_mtok: 2, input_image_mtok: 4, output_image_mtok: 5, output_reasoning_mtok: 7,
        web_searches_kcount: 10, requests_kcount: 14, input_audio_hours: 0.36 }`),
    ).toEqual([
      {
        price: {
          input: '3',
          output: '15',
          cacheRead: '0.3',
          cacheWrite5m: '3.75',
          cacheWrite1h: '6',
          audioInput: '1',
          audioOutput: '2',
          imageInput: '4',
          imageOutput: '5',
          reasoning: '7',
          webSearch: '0.01',
          request: '0.014',
          seconds: '0.0001',
        },
      },
    ]);
  });

  it('makes a whole row of each number of tokens at which any price changes', () => {
    expect(
      pricesOf(`{ input_mtok: { base: 1, tiers: [{ start: 2e5, price: 2 }] }, output_mtok: 5,
        cache_read_mtok: { base: 0.1, tiers: [{ start: 1e5, price: 0.2 }] } }`),
    ).toEqual([
      { price: { input: '1', output: '5', cacheRead: '0.1' } },
      { aboveInputTokens: 100_000, price: { input: '1', output: '5', cacheRead: '0.2' } },
      { aboveInputTokens: 200_000, price: { input: '2', output: '5', cacheRead: '0.2' } },
    ]);
  });

  it('keeps hours and start dates, and applies the first list where no other does', () => {
    expect(
      pricesOf(`[
        { constraint: { type: "start_date", start_date: "2025-01-01" }, prices: { input_mtok: 1, output_mtok: 2 } },
        { constraint: { type: "start_date", start_date: "2026-08-17" }, prices: { input_mtok: 3, output_mtok: 4 } },
        { constraint: { type: "time_of_date", start_time: "16:30:00Z", end_time: "00:30:00Z" }, prices: { input_mtok: 5, output_mtok: 6 } }
      ]`),
    ).toEqual([
      { price: { input: '1', output: '2' } },
      { from: Date.UTC(2026, 7, 17), price: { input: '3', output: '4' } },
      { utc: { fromMinute: 990, toMinute: 30 }, price: { input: '5', output: '6' } },
    ]);
  });

  it('has no price where the package has none that we can charge', () => {
    expect(pricesOf('{ input_document_kpages: 1 }')).toEqual([]);
  });

  it.each([
    ['no list', 'export const a = 1;'],
    ['a call among the data', bundle(`load("more")`)],
    ['a negative price', bundle(plain.replace('0.075', '-1'))],
    ['a price in words', bundle(plain.replace('0.075', '"free"'))],
    ['a tier below zero', bundle(plain.replace('0.075', '{ base: 1, tiers: [{ start: -1, price: 2 }] }'))],
    [
      'hours with seconds',
      bundle(
        plain
          .replace(
            'prices: {',
            'prices: [{ constraint: { type: "time_of_date", start_time: "01:00:30Z", end_time: "02:00:00Z" }, prices: {',
          )
          .replace('} }', '} }] }'),
      ),
    ],
    [
      'a condition that is new',
      bundle(
        plain.replace('prices: {', 'prices: [{ constraint: { type: "weekday" }, prices: {').replace('} }', '} }] }'),
      ),
    ],
  ])('takes nothing of a package with %s', (_, text) => {
    expect(() => readGenaiPrices(text)).toThrow(CatalogSourceError);
  });
});

describe('genaiModelOf', () => {
  const models =
    readGenaiPrices(
      bundle(`{ id: "big", match: { or: [{ starts_with: "big" }, { and: [{ contains: "x" }, { ends_with: "y" }] }] }, prices: {} },
      { id: "big-1", match: { regex: "^big-1-\\\\d{4}$" }, prices: {} }`),
    ).get('acme') ?? [];

  it('prefers the equal name, then the first that matches, as the package does', () => {
    expect(genaiModelOf(models, 'BIG-1')?.id).toBe('big-1');
    expect(genaiModelOf(models, 'big-2')?.id).toBe('big');
    expect(genaiModelOf(models, 'xy')?.id).toBe('big');
    expect(genaiModelOf(models, 'small')).toBeNull();
  });
});
