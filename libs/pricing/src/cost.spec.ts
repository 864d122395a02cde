import { describe, expect, it } from '@jest/globals';
import { parseRate, parseUsd, rateOfOneUnit } from '@apilink/money';

import { costOf, costShares, type Cost, type PriceCircumstances } from './cost.js';
import type { RateCard, RateRow, Rates } from './rate-card.js';
import { UsageInvariantError, emptyUsage, type UsageVector } from './usage-vector.js';

const admittedAt = Date.UTC(2026, 10, 22, 12, 0);

function perMillion(usd: string): bigint {
  const rate = parseRate(usd);
  if (rate === null) throw new Error(`${usd} is not a rate`);
  return rate;
}

function perOne(usd: string): bigint {
  const price = parseUsd(usd);
  if (price === null) throw new Error(`${usd} is not an amount`);
  return rateOfOneUnit(price);
}

function row(sell: Rates, conditions: Partial<RateRow> = {}): RateRow {
  const always = { minInputTokens: 0, serviceTier: null, utcWindow: null, startsAt: null };
  return { ...always, sell, cost: {}, ...conditions };
}

function card(...rows: RateRow[]): RateCard {
  return { priceVersion: 'pv_test', modelId: 'demo/one', endpointId: 'demo/one', currency: 'USD', rows };
}

function cost(usage: Partial<UsageVector>, of: RateCard, circumstances: Partial<PriceCircumstances> = {}): Cost {
  return costOf({ ...emptyUsage, ...usage }, of, { side: 'sell', at: admittedAt, serviceTier: null, ...circumstances });
}

describe('costOf, worked out by hand', () => {
  it('takes cached, written and reasoning tokens out of their totals', () => {
    const sonnet = card(
      row({
        input: perMillion('3'),
        cacheRead: perMillion('0.30'),
        cacheWrite5m: perMillion('3.75'),
        cacheWrite1h: perMillion('6'),
        output: perMillion('15'),
      }),
    );
    const usage = {
      input: 12_000,
      cacheRead: 6000,
      cacheWrite5m: 1000,
      cacheWrite1h: 2000,
      output: 500,
      reasoning: 200,
    };
    const charged = cost({ ...usage, requests: 1 }, sonnet);
    // input        12,000 − 6,000 − 1,000 − 2,000 = 3,000 × $3/M    = $0.009
    // cacheRead     6,000 × $0.30/M                                = $0.0018
    // cacheWrite5m  1,000 × $3.75/M                                = $0.00375
    // cacheWrite1h  2,000 × $6/M                                   = $0.012
    // output        500 − 200 = 300 × $15/M                        = $0.0045
    // reasoning     200 × $15/M (no rate of its own: output's)     = $0.003
    expect(charged.totalNanoUsd).toBe(34_050_000n);
    expect(charged.lines.map(({ dimension, units, amountFemtoUsd }) => [dimension, units, amountFemtoUsd])).toEqual([
      ['input', 3000, 9_000_000_000_000n],
      ['output', 300, 4_500_000_000_000n],
      ['cacheRead', 6000, 1_800_000_000_000n],
      ['cacheWrite5m', 1000, 3_750_000_000_000n],
      ['cacheWrite1h', 2000, 12_000_000_000_000n],
      ['reasoning', 200, 3_000_000_000_000n],
    ]);
    expect(charged.unpriced).toEqual([]);
    expect(costShares(charged)).toEqual({
      inputFemtoUsd: 26_550_000_000_000n,
      outputFemtoUsd: 7_500_000_000_000n,
      feesFemtoUsd: 0n,
    });
  });

  it('rounds up once, over all lines', () => {
    const cheap = card(
      row({ input: perMillion('0.014'), cacheRead: perMillion('0.0028'), output: perMillion('0.028') }),
    );
    // One cache read: 2.8 nano-USD → 3.
    expect(cost({ input: 1, cacheRead: 1 }, cheap).totalNanoUsd).toBe(3n);
    // 14 + 2.8 + 28 = 44.8 → 45, where rounding line by line would give 14 + 3 + 28 = 45 and ten reads 30 instead of 28.
    expect(cost({ input: 2, cacheRead: 1, output: 1 }, cheap).totalNanoUsd).toBe(45n);
    expect(cost({ input: 10, cacheRead: 10 }, cheap).totalNanoUsd).toBe(28n);
    // 3 reads and 3 inputs: 8.4 + 42 = 50.4 → 51.
    expect(cost({ input: 6, cacheRead: 3 }, cheap).totalNanoUsd).toBe(51n);
  });

  it('rounds a fraction of a second up to a whole femto, so that the lines still add up', () => {
    // 1 ms × 1,001 femto per second = 1.001 femto
    expect(cost({ milliseconds: 1 }, card(row({ seconds: 1001n }))).lines).toEqual([
      { dimension: 'seconds', units: 1, rateFemtoUsd: 1001n, amountFemtoUsd: 2n },
    ]);
  });

  it('charges the whole request, output too, at the tier that its total input reaches', () => {
    const tiered = card(
      row({ input: perMillion('1.25'), output: perMillion('10') }),
      row({ input: perMillion('2.5'), output: perMillion('15') }, { minInputTokens: 200_001 }),
    );
    // 200,000 × $1.25/M + 1,000 × $10/M = $0.25 + $0.01
    expect(cost({ input: 200_000, output: 1000 }, tiered).totalNanoUsd).toBe(260_000_000n);
    // 200,001 × $2.5/M + 1,000 × $15/M = $0.5000025 + $0.015; cached tokens count for the tier as well.
    expect(cost({ input: 200_001, output: 1000 }, tiered).totalNanoUsd).toBe(515_002_500n);
    expect(cost({ input: 200_001, cacheRead: 200_001, output: 1000 }, tiered).totalNanoUsd).toBe(515_002_500n);
  });

  it('keeps the off-peak price of the admission instant', () => {
    const offPeak = { utcWindow: { fromMinute: 990, toMinute: 30 } };
    const card2 = card(
      row({ input: perMillion('0.27'), output: perMillion('1.10') }),
      row({ input: perMillion('0.135'), output: perMillion('0.55') }, offPeak),
    );
    const usage = { input: 1_000_000, output: 1_000_000 };
    expect(cost(usage, card2, { at: Date.UTC(2026, 10, 22, 16, 29) }).totalNanoUsd).toBe(1_370_000_000n);
    expect(cost(usage, card2, { at: Date.UTC(2026, 10, 22, 23, 59) }).totalNanoUsd).toBe(685_000_000n);
    expect(cost(usage, card2, { at: Date.UTC(2026, 10, 23, 0, 29) }).totalNanoUsd).toBe(685_000_000n);
  });

  it('charges the service tier of the response', () => {
    const tiers = card(
      row({ input: perMillion('2'), output: perMillion('8') }),
      row({ input: perMillion('3.5'), output: perMillion('14') }, { serviceTier: 'priority' }),
      row({ input: perMillion('1'), output: perMillion('4') }, { serviceTier: 'flex' }),
    );
    const usage = { input: 1000, output: 1000 };
    expect(cost(usage, tiers).totalNanoUsd).toBe(10_000_000n);
    expect(cost(usage, tiers, { serviceTier: 'priority' }).totalNanoUsd).toBe(17_500_000n);
    expect(cost(usage, tiers, { serviceTier: 'flex' }).totalNanoUsd).toBe(5_000_000n);
    expect(cost(usage, tiers, { serviceTier: 'default' }).totalNanoUsd).toBe(10_000_000n);
  });

  it('charges our own cost by the other side of the same row', () => {
    const margin = card(row({ input: perMillion('2') }, { cost: { input: perMillion('1.5'), cacheRead: 0n } }));
    expect(cost({ input: 1000, cacheRead: 500 }, margin).totalNanoUsd).toBe(2_000_000n);
    expect(cost({ input: 1000, cacheRead: 500 }, margin, { side: 'cost' }).totalNanoUsd).toBe(750_000n);
  });

  it.each<[string, Partial<UsageVector>, Rates, bigint]>([
    // $15 per million characters, however many seconds were spoken: 1,000 characters = $0.015.
    [
      'speech by the character',
      { characters: 1000, milliseconds: 60_000 },
      { characters: perMillion('15') },
      15_000_000n,
    ],
    // $0.006 a minute = $0.0001 a second; 90.5 s = $0.00905.
    ['audio by the second', { milliseconds: 90_500, output: 40 }, { seconds: perOne('0.0001') }, 9_050_000n],
    // 3 × $0.04.
    ['images by the image', { images: 3, imageOutput: 900, output: 900 }, { image: perOne('0.04') }, 120_000_000n],
    // 2 × $2 per thousand.
    ['reranking by the search', { rerankSearches: 2, input: 700 }, { rerankSearch: perOne('0.002') }, 4_000_000n],
    // 500 × $0.02/M = $0.00001.
    ['embeddings by the token', { input: 500, requests: 1 }, { input: perMillion('0.02') }, 10_000n],
    // $0.005 + 1,000 × $1/M + 100 × $1/M.
    [
      'a fee per request on top of tokens',
      { input: 1000, output: 100, requests: 1 },
      { request: perOne('0.005'), input: perMillion('1'), output: perMillion('1') },
      6_100_000n,
    ],
    // 2 × $10 per thousand + 10 × $1/M.
    [
      'web searches on top of tokens',
      { input: 10, webSearches: 2 },
      { webSearch: perOne('0.01'), input: perMillion('1'), output: perMillion('1') },
      20_010_000n,
    ],
    // 100 × $2.5/M text, 200 × $40/M audio; out 50 × $10/M text, 60 × $80/M audio.
    [
      'audio in and out beside text',
      { input: 300, audioInput: 200, output: 110, audioOutput: 60 },
      {
        input: perMillion('2.5'),
        audioInput: perMillion('40'),
        output: perMillion('10'),
        audioOutput: perMillion('80'),
      },
      13_550_000n,
    ],
    // 100 × $5/M text, 1,000 × $10/M image; out 4,160 × $40/M.
    [
      'images by the token',
      { input: 1100, imageInput: 1000, output: 4160, imageOutput: 4160, images: 1 },
      { input: perMillion('5'), imageInput: perMillion('10'), output: perMillion('40') },
      176_900_000n,
    ],
  ])('prices %s', (_, usage, sell, total) => {
    const charged = cost(usage, card(row(sell)));
    expect(charged.totalNanoUsd).toBe(total);
    expect(charged.unpriced).toEqual([]);
  });
});

describe('costOf, where a rate is missing', () => {
  const onlyTotals = card(row({ input: perMillion('1'), output: perMillion('4') }));

  it.each(['cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'audioInput', 'imageInput'] as const)(
    'charges %s like other input, never nothing',
    (part) => {
      expect(cost({ input: 1000, [part]: 1000 }, onlyTotals).totalNanoUsd).toBe(1_000_000n);
    },
  );

  it.each(['reasoning', 'audioOutput', 'imageOutput'] as const)(
    'charges %s like other output, never nothing',
    (part) => {
      expect(cost({ output: 1000, [part]: 1000 }, onlyTotals).totalNanoUsd).toBe(4_000_000n);
    },
  );

  it('charges one-hour writes at least what five-minute writes cost', () => {
    const fiveMinutes = card(row({ input: perMillion('1'), cacheWrite5m: perMillion('1.25'), output: 0n }));
    expect(cost({ input: 1000, cacheWrite1h: 1000 }, fiveMinutes).totalNanoUsd).toBe(1_250_000n);
  });

  it('says so when the card has no price for what was used', () => {
    const inputOnly = card(row({ input: perMillion('1') }));
    const charged = cost({ input: 1000, output: 5, reasoning: 2, webSearches: 1, requests: 1 }, inputOnly);
    expect(charged.unpriced).toEqual(['output', 'reasoning', 'webSearch']);
    expect(charged.totalNanoUsd).toBe(1_000_000n);
    expect(charged.lines).toContainEqual({ dimension: 'output', units: 3, rateFemtoUsd: 0n, amountFemtoUsd: 0n });
  });

  it('does not take a fee per request for the price of tokens', () => {
    const feeAndInput = card(row({ input: perMillion('1'), request: perOne('0.01') }));
    expect(cost({ input: 1, output: 1, requests: 1 }, feeAndInput).unpriced).toEqual(['output']);
  });

  it('does not take the price of something that was not used for the price of what was', () => {
    const byTheImage = card(row({ image: perOne('0.04') }));
    expect(cost({ output: 5 }, byTheImage).unpriced).toEqual(['output']);
    expect(cost({ output: 5, images: 1 }, byTheImage).unpriced).toEqual([]);
  });

  it('takes a rate of zero as a price', () => {
    const free = card(row({ input: 0n, output: 0n }));
    const charged = cost({ input: 9, output: 9, requests: 1 }, free);
    expect(charged).toMatchObject({ totalNanoUsd: 0n, unpriced: [] });
  });
});

describe('costOf, given a vector that cannot be true', () => {
  it.each([{ input: NaN }, { output: -1 }, { images: 1.5 }, { input: 2 ** 53 }, { input: 1, cacheRead: 2 }])(
    'throws for %j instead of charging something',
    (usage) => {
      expect(() => cost(usage, card(row({ input: 1n, output: 1n })))).toThrow(UsageInvariantError);
    },
  );
});
