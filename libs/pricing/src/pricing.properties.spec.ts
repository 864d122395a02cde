import { describe, expect, it } from '@jest/globals';
import { ceilFemtoToNano } from '@apilink/money';
import {
  array,
  assert,
  bigInt,
  constant,
  constantFrom,
  integer,
  nat,
  oneof,
  option,
  property,
  record,
  tuple,
  type Arbitrary,
} from 'fast-check';

import { costOf } from './cost.js';
import { ADMISSION_SKEW_MS, affordableOutputTokens, holdAmount, leastAmount, type HoldQuestion } from './hold-size.js';
import { rateDimensions, type RateCard, type RateRow, type Rates } from './rate-card.js';
import { emptyUsage, withPartsFitted, type UsageVector } from './usage-vector.js';

const at = Date.UTC(2026, 10, 22, 12, 0, 30);
const rate = oneof(bigInt({ min: 0n, max: 10n ** 6n }), bigInt({ min: 0n, max: 10n ** 14n }));
const chatRates: Arbitrary<Rates> = record(
  {
    input: rate,
    output: rate,
    cacheRead: rate,
    cacheWrite5m: rate,
    cacheWrite1h: rate,
    reasoning: rate,
    request: rate,
  },
  { requiredKeys: ['input', 'output'] },
);
const anyRates: Arbitrary<Rates> = record(Object.fromEntries(rateDimensions.map((dimension) => [dimension, rate])), {
  requiredKeys: [],
});

function plainRowOf(rates: Arbitrary<Rates>): Arbitrary<RateRow> {
  return record({
    minInputTokens: constant(0),
    serviceTier: constant(null),
    utcWindow: constant(null),
    startsAt: constant(null),
    sell: rates,
    cost: rates,
  });
}

function cardWith(rows: readonly RateRow[]): RateCard {
  return { priceVersion: 'pv_test', modelId: 'demo/one', endpointId: 'demo/one', currency: 'USD', rows };
}

/** A plain row and up to five with conditions, in any order of dearness. */
const chatCard: Arbitrary<RateCard> = tuple(
  plainRowOf(chatRates),
  array(
    record({
      minInputTokens: oneof(constant(0), nat(3000)),
      serviceTier: option(constantFrom('priority', 'flex')),
      utcWindow: option(
        record({ fromMinute: integer({ min: 716, max: 724 }), toMinute: integer({ min: 716, max: 724 }) }),
      ),
      startsAt: option(constantFrom(at - 45_000, at - 1, at, at + 1, at + 45_000), { freq: 1 }),
      sell: chatRates,
      cost: chatRates,
    }),
    { maxLength: 5 },
  ),
).map(([plain, rows]) => cardWith([plain, ...rows]));

const anyUsage: Arbitrary<UsageVector> = record({
  input: nat(5000),
  cacheRead: nat(2000),
  cacheWrite5m: nat(500),
  cacheWrite1h: nat(500),
  audioInput: nat(500),
  imageInput: nat(500),
  output: nat(5000),
  reasoning: nat(2000),
  audioOutput: nat(500),
  imageOutput: nat(500),
  requests: nat(2),
  images: nat(5),
  characters: nat(5000),
  milliseconds: nat(100_000),
  webSearches: nat(5),
  rerankSearches: nat(5),
}).map(withPartsFitted);

describe('costOf', () => {
  const anyCard = plainRowOf(anyRates).map((row) => cardWith([row]));

  it('adds up: the lines sum to the femto, and the total is that sum rounded up once', () => {
    assert(
      property(anyUsage, anyCard, (usage, card) => {
        const { lines, totalNanoUsd } = costOf(usage, card, { side: 'sell', at, serviceTier: null });
        expect(ceilFemtoToNano(lines.reduce((sum, line) => sum + line.amountFemtoUsd, 0n))).toBe(totalNanoUsd);
      }),
    );
  });

  it('counts every token once: the lines of a priced side hold exactly the totals', () => {
    assert(
      property(anyUsage, chatCard, (usage, card) => {
        const { lines } = costOf(usage, card, { side: 'sell', at, serviceTier: null });
        const tokens = new Set(['input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'reasoning']);
        for (const part of ['audioInput', 'audioOutput', 'imageInput', 'imageOutput']) tokens.add(part);
        const counted = lines.filter((line) => tokens.has(line.dimension)).reduce((sum, line) => sum + line.units, 0);
        expect(counted).toBe(usage.input + usage.output);
      }),
    );
  });

  it('never gets cheaper by using more of anything', () => {
    const unit = constantFrom<keyof UsageVector>(
      'input',
      'cacheRead',
      'cacheWrite1h',
      'audioInput',
      'output',
      'reasoning',
      'imageOutput',
      'requests',
      'images',
      'characters',
      'milliseconds',
      'webSearches',
      'rerankSearches',
    );
    const totalOf: Partial<Record<keyof UsageVector, 'input' | 'output'>> = {
      cacheRead: 'input',
      cacheWrite1h: 'input',
      audioInput: 'input',
      reasoning: 'output',
      imageOutput: 'output',
    };
    assert(
      property(anyUsage, anyCard, unit, integer({ min: 1, max: 100 }), (usage, card, grown, by) => {
        const total = totalOf[grown];
        const more = {
          ...usage,
          [grown]: usage[grown] + by,
          ...(total === undefined ? {} : { [total]: usage[total] + by }),
        };
        const circumstances = { side: 'sell', at, serviceTier: null } as const;
        expect(costOf(more, card, circumstances).totalNanoUsd >= costOf(usage, card, circumstances).totalNanoUsd).toBe(
          true,
        );
      }),
    );
  });
});

const question: Arbitrary<HoldQuestion> = record({
  cards: array(chatCard, { minLength: 1, maxLength: 3 }),
  at: constant(at),
  estimatedInputTokens: nat(2500),
  outputTokens: nat(4096),
  choices: integer({ min: 1, max: 8 }),
});

describe('holdAmount', () => {
  it('covers the cost of any usage within the estimate, on any candidate, in any tier, at any admission', () => {
    const share = integer({ min: 0, max: 1000 });
    const shares = record({ input: share, read: share, short: share, long: share, output: share, reasoning: share });
    const tier = constantFrom(null, 'priority', 'flex', 'unheard-of');
    const admission = integer({ min: at - ADMISSION_SKEW_MS, max: at + ADMISSION_SKEW_MS });
    assert(
      property(question, shares, tier, admission, (asked, part, serviceTier, admittedAt) => {
        const input = Math.floor((Math.ceil(asked.estimatedInputTokens * 1.25) * part.input) / 1000);
        const output = Math.floor((asked.outputTokens * asked.choices * part.output) / 1000);
        const usage = withPartsFitted({
          ...emptyUsage,
          input,
          cacheRead: Math.floor((input * part.read) / 1000),
          cacheWrite5m: Math.floor((input * part.short) / 1000),
          cacheWrite1h: Math.floor((input * part.long) / 1000),
          output,
          reasoning: Math.floor((output * part.reasoning) / 1000),
          requests: 1,
        });
        const held = holdAmount(asked);
        for (const card of asked.cards) {
          const circumstances = { side: 'sell', at: admittedAt, serviceTier } as const;
          expect(costOf(usage, card, circumstances).totalNanoUsd <= held).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('lies at or above the least that is worth admitting', () => {
    assert(
      property(question, (asked) => {
        expect(leastAmount(asked) <= holdAmount(asked)).toBe(true);
      }),
    );
  });
});

describe('affordableOutputTokens', () => {
  it('is the inverse of the hold: what it affords fits, and one token more does not', () => {
    assert(
      property(question, bigInt({ min: 0n, max: 10n ** 12n }), (asked, amount) => {
        const afforded = affordableOutputTokens(amount, asked);
        const isInputTooDear = holdAmount({ ...asked, outputTokens: 0 }) > amount;
        const fits = isInputTooDear ? afforded === 0 : holdAmount({ ...asked, outputTokens: afforded }) <= amount;
        const isUnlimited = afforded === Number.MAX_SAFE_INTEGER;
        const isMost = isUnlimited || holdAmount({ ...asked, outputTokens: afforded + 1 }) > amount;
        expect({ fits, isMost }).toEqual({ fits: true, isMost: true });
      }),
      { numRuns: 500 },
    );
  });

  it('affords the least tokens to whoever was granted the least amount', () => {
    assert(
      property(question, (asked) => {
        expect(affordableOutputTokens(leastAmount(asked), asked)).toBeGreaterThanOrEqual(
          Math.min(asked.outputTokens, 16),
        );
      }),
    );
  });
});
