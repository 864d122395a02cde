import { describe, expect, it } from '@jest/globals';
import type { CallUnits } from '@apilink/dialects';
import { costOf, emptyUsage, type RateCard, type RateDimension, type UsageVector } from '@apilink/pricing';
import {
  array,
  assert,
  bigInt,
  constantFrom,
  integer,
  nat,
  property,
  record,
  uniqueArray,
  type Arbitrary,
} from 'fast-check';

import { planHold } from './hold-plan.domain.js';

const dimensions: readonly RateDimension[] = [
  'input',
  'output',
  'cacheRead',
  'audioInput',
  'imageInput',
  'audioOutput',
  'imageOutput',
  'request',
  'image',
  'characters',
  'seconds',
  'rerankSearch',
];

const card: Arbitrary<RateCard> = record({
  priced: uniqueArray(constantFrom(...dimensions), { minLength: 1 }),
  rates: array(bigInt({ min: 0n, max: 10n ** 14n }), { minLength: 12, maxLength: 12 }),
}).map(({ priced, rates }) => {
  const sell = Object.fromEntries(priced.map((dimension, index) => [dimension, rates[index] ?? 0n]));
  const row = { minInputTokens: 0, serviceTier: null, utcWindow: null, startsAt: null, sell, cost: sell };
  return { priceVersion: 'pv_spec', modelId: 'acme/one', endpointId: 'acme/one', currency: 'USD', rows: [row] };
});

const units: Arbitrary<CallUnits> = record({
  characters: nat(100_000),
  audioMilliseconds: constantFrom(null),
  searches: nat(100),
  images: nat(128),
  audioMillisecondsMax: nat(10_000_000),
  searchesMax: nat(1_000),
  outputTokensMax: nat(60_000),
  mediaInputTokensMax: nat(1_000_000),
  contextTokens: nat(1_000),
});

/** Shares of what was announced, in thousandths: what the upstream may tell. */
const shares = array(integer({ min: 0, max: 1000 }), { minLength: 9, maxLength: 9 });

describe('the hold of a call whose units are known', () => {
  it('covers whatever the call can be charged, by the dearest of its candidates', () => {
    assert(
      property(
        record({
          cards: array(card, { minLength: 1, maxLength: 3 }),
          units,
          shares,
          text: nat(100_000),
          n: integer({ min: 1, max: 8 }),
        }),
        ({ cards, units: announced, shares: parts, text, n }) => {
          const plan = planHold({
            cards,
            at: 0,
            estimatedInputTokens: text,
            askedMaxTokens: null,
            // Catalogs have no sensible figure for models that write no text.
            modelMaxTokens: 1,
            choices: n,
            needs: [],
            serviceTier: null,
            asksHourOfCache: false,
            asksModalities: false,
            asksWebSearch: false,
            units: announced,
          });
          const usage = usageWithin(announced, parts, text, n);
          for (const one of cards) {
            const { totalNanoUsd } = costOf(usage, one, { side: 'sell', at: 0, serviceTier: null });
            expect(plan.amountNanoUsd).toBeGreaterThanOrEqual(totalNanoUsd);
          }
          expect(plan.leastNanoUsd).toBe(plan.amountNanoUsd);
        },
      ),
      { numRuns: 500 },
    );
  });
});

function usageWithin(announced: CallUnits, parts: readonly number[], text: number, n: number): UsageVector {
  const share = (index: number, whole: number): number => Math.floor((whole * (parts[index] ?? 0)) / 1000);
  const input = share(0, Math.ceil((text + announced.mediaInputTokensMax) * 1.25));
  const output = share(1, announced.outputTokensMax * n);
  return {
    ...emptyUsage,
    input,
    imageInput: share(2, input),
    output,
    imageOutput: share(3, output),
    requests: 1,
    images: share(4, announced.images),
    characters: share(5, announced.characters),
    milliseconds: share(6, announced.audioMillisecondsMax),
    rerankSearches: share(7, announced.searchesMax),
  };
}
