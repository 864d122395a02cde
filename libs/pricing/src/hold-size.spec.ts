import { describe, expect, it } from '@jest/globals';

import { ADMISSION_SKEW_MS, affordableOutputTokens, holdAmount, leastAmount, type HoldQuestion } from './hold-size.js';
import { RateCardInvariantError, type RateCard, type RateRow, type Rates } from './rate-card.js';

const at = Date.UTC(2026, 10, 22, 12, 0);

function row(sell: Rates, conditions: Partial<RateRow> = {}): RateRow {
  return { minInputTokens: 0, serviceTier: null, utcWindow: null, startsAt: null, sell, cost: {}, ...conditions };
}

function card(...rows: RateRow[]): RateCard {
  return { priceVersion: 'pv_test', modelId: 'demo/one', endpointId: 'demo/one', currency: 'USD', rows };
}

function asking(cards: RateCard[], more: Partial<HoldQuestion> = {}): HoldQuestion {
  return { cards, at, estimatedInputTokens: 1000, outputTokens: 4096, choices: 1, ...more };
}

// $3, $15; writes $3.75 and $6; reads $0.30, per million.
const sonnet = card(
  row({
    input: 3_000_000_000n,
    output: 15_000_000_000n,
    cacheRead: 300_000_000n,
    cacheWrite5m: 3_750_000_000n,
    cacheWrite1h: 6_000_000_000n,
  }),
);
const cheap = card(row({ input: 1_000_000_000n, output: 4_000_000_000n }));

/** Twice as dear in some hours. */
const hours = (fromMinute: number, toMinute: number): RateCard =>
  card(
    row({ input: 1_000_000_000n, output: 0n }),
    row({ input: 2_000_000_000n, output: 0n }, { utcWindow: { fromMinute, toMinute } }),
  );

describe('holdAmount, worked out by hand', () => {
  it('holds the margined input at its dearest and one step of output', () => {
    // 1,000 × 1.25 × $6/M = $0.0075; 4,096 × $15/M = $0.06144
    expect(holdAmount(asking([sonnet]))).toBe(68_940_000n);
  });

  it('holds less when the request cannot write an hour of cache', () => {
    // 1,250 × $3.75/M = $0.0046875
    expect(holdAmount(asking([sonnet], { inputParts: ['cacheRead', 'cacheWrite5m'] }))).toBe(66_127_500n);
    // 1,250 × $3/M = $0.00375
    expect(holdAmount(asking([sonnet], { inputParts: [] }))).toBe(65_190_000n);
  });

  it('holds the output of every choice', () => {
    // 1,250 × $1/M + 3 × 100 × $4/M
    expect(holdAmount(asking([cheap], { choices: 3, outputTokens: 100 }))).toBe(2_450_000n);
  });

  it('holds for the dearest candidate', () => {
    expect(holdAmount(asking([cheap, sonnet]))).toBe(holdAmount(asking([sonnet])));
  });

  it('holds known units whole, and one request unless told otherwise', () => {
    const fees = card(row({ request: 5_000_000_000_000n, image: 40_000_000_000_000n, seconds: 100_000_000_000n }));
    const none = { estimatedInputTokens: 0, outputTokens: 0 };
    expect(holdAmount(asking([fees], none))).toBe(5_000_000n);
    // 2 × $0.04 + 1.5 s × $0.0001
    expect(holdAmount(asking([fees], { ...none, known: { images: 2, milliseconds: 1500 } }))).toBe(80_150_000n);
  });

  it('holds audio at its price when the request carries some', () => {
    const audio = card(row({ input: 1_000_000_000n, audioInput: 40_000_000_000n, output: 0n }));
    expect(holdAmount(asking([audio]))).toBe(1_250_000n);
    expect(holdAmount(asking([audio], { inputParts: ['audioInput'] }))).toBe(50_000_000n);
  });

  it('counts a tier that only the margin reaches', () => {
    const tiered = card(
      row({ input: 1_000_000_000n, output: 0n }),
      row({ input: 2_000_000_000n, output: 0n }, { minInputTokens: 1200 }),
    );
    // 1,250 × $2/M
    expect(holdAmount(asking([tiered]))).toBe(2_500_000n);
    // 1,188 × $1/M: the margin of 950 stays below the tier.
    expect(holdAmount(asking([tiered], { estimatedInputTokens: 950 }))).toBe(1_188_000n);
  });

  it('leaves a superseded price and one that is yet to start out of it', () => {
    const changed = card(
      row({ input: 9_000_000_000n, output: 0n }),
      row({ input: 1_000_000_000n, output: 0n }, { startsAt: at - ADMISSION_SKEW_MS }),
      row({ input: 9_000_000_000n, output: 0n }, { startsAt: at + ADMISSION_SKEW_MS + 1 }),
    );
    expect(holdAmount(asking([changed]))).toBe(1_250_000n);
  });

  it('holds for the price before and after a start date that may pass before the gate admits', () => {
    const dearer = card(
      row({ input: 1_000_000_000n, output: 0n }),
      row({ input: 2_000_000_000n, output: 0n }, { startsAt: at + 1000 }),
    );
    const cheaper = card(
      row({ input: 2_000_000_000n, output: 0n }),
      row({ input: 1_000_000_000n, output: 0n }, { startsAt: at - 1000 }),
    );
    expect(holdAmount(asking([dearer]))).toBe(2_500_000n);
    expect(holdAmount(asking([cheaper]))).toBe(2_500_000n);
  });

  it('holds for the hours that begin or end while a request is admitted, however short they are', () => {
    // `at` is 12:00.
    expect(holdAmount(asking([hours(721, 800)]))).toBe(2_500_000n);
    expect(holdAmount(asking([hours(600, 720)]))).toBe(2_500_000n);
    expect(holdAmount(asking([hours(721, 722)]))).toBe(2_500_000n);
    expect(holdAmount(asking([hours(722, 800)]))).toBe(1_250_000n);
    expect(holdAmount(asking([hours(600, 719)]))).toBe(1_250_000n);
  });

  it('narrows to the service tiers that the answer may have', () => {
    const tiers = card(
      row({ input: 1_000_000_000n, output: 0n }),
      row({ input: 2_000_000_000n, output: 0n }, { serviceTier: 'priority' }),
    );
    expect(holdAmount(asking([tiers]))).toBe(2_500_000n);
    expect(holdAmount(asking([tiers], { serviceTiers: ['priority'] }))).toBe(2_500_000n);
    expect(holdAmount(asking([tiers], { serviceTiers: [] }))).toBe(1_250_000n);
  });

  it('takes an estimate that a learned factor has made fractional', () => {
    // 100.4 × 1.25 = 125.5 → 126
    expect(holdAmount(asking([cheap], { estimatedInputTokens: 100.4, outputTokens: 0 }))).toBe(126_000n);
  });

  it('refuses to hold nothing for want of a price', () => {
    expect(() => holdAmount(asking([]))).toThrow(RateCardInvariantError);
    expect(() => holdAmount(asking([card(row({ input: 1n }, { startsAt: at + 2 * ADMISSION_SKEW_MS }))]))).toThrow(
      RateCardInvariantError,
    );
  });

  it.each([{ outputTokens: -1 }, { outputTokens: 0.5 }, { choices: NaN }, { estimatedInputTokens: Infinity }])(
    'refuses %j',
    (wrong) => {
      expect(() => holdAmount(asking([cheap], wrong))).toThrow(RangeError);
    },
  );
});

describe('leastAmount', () => {
  it('asks for the input and 16 tokens of output', () => {
    // 1,250 × $1/M + 16 × $4/M
    expect(leastAmount(asking([cheap]))).toBe(1_314_000n);
  });

  it('asks for no more output than the client does', () => {
    expect(leastAmount(asking([cheap], { outputTokens: 1 }))).toBe(1_254_000n);
  });
});

describe('affordableOutputTokens', () => {
  it('rounds down to whole tokens of every choice', () => {
    // (1,500,000 − 1,250,000) / (2 × 4,000) = 31.25
    expect(affordableOutputTokens(1_500_000n, asking([cheap], { choices: 2 }))).toBe(31);
  });

  it('goes by the dearest candidate', () => {
    expect(affordableOutputTokens(68_940_000n, asking([cheap, sonnet]))).toBe(4096);
  });

  it('affords nothing when the input alone is too dear, and without end when output is free', () => {
    expect(affordableOutputTokens(1_249_999n, asking([cheap]))).toBe(0);
    // 1,250 × 800 femto = 1 nano-USD, to the femto.
    const freeOutput = card(row({ input: 800n, output: 0n }));
    expect(affordableOutputTokens(1n, asking([freeOutput]))).toBe(Number.MAX_SAFE_INTEGER);
  });
});
