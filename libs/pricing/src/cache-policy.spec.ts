import { describe, expect, it } from '@jest/globals';
import { assert, bigInt, property, record } from 'fast-check';

import { cachePolicies, withCachePolicy } from './cache-policy.js';
import { costOf } from './cost.js';
import { priceVersionOf } from './price-version.js';
import { rateCardProblem, type RateCard, type RateRow, type Rates } from './rate-card.js';
import { emptyUsage } from './usage-vector.js';

const always = { minInputTokens: 0, serviceTier: null, utcWindow: null, startsAt: null };
// Claude Sonnet's list: $3 in, $15 out, reads $0.30, writes $3.75 for five minutes and $6 for an hour, per million.
const sonnet: Rates = {
  input: 3_000_000_000n,
  output: 15_000_000_000n,
  cacheRead: 300_000_000n,
  cacheWrite5m: 3_750_000_000n,
  cacheWrite1h: 6_000_000_000n,
};
const at = Date.UTC(2026, 10, 22);
const circumstances = { side: 'sell', at, serviceTier: null } as const;

function cardOf(modelId: string, ...rows: RateRow[]): Omit<RateCard, 'priceVersion'> {
  return { modelId, endpointId: `p/${modelId}`, currency: 'USD', rows };
}

function listed(sell: Rates, conditions: Partial<RateRow> = {}): RateRow {
  return { ...always, sell, cost: sell, ...conditions };
}

function versioned(card: Omit<RateCard, 'priceVersion'>): RateCard {
  return { ...card, priceVersion: priceVersionOf(card) };
}

describe('withCachePolicy', () => {
  it.each(['anthropic', 'openai', 'qwen'])('sells five-minute writes of %s at the input price', (author) => {
    const card = withCachePolicy(cardOf(`${author}/one`, listed(sonnet)));
    expect(card.cachePolicy).toBe('cache-2026-11');
    expect(card.rows[0]?.sell).toEqual({ ...sonnet, cacheWrite5m: sonnet.input });
    expect(card.rows[0]?.absorbed).toEqual({ cacheWrite5m: 750_000_000n });
    expect(rateCardProblem(card)).toBeNull();
  });

  it('leaves our own cost as it is: the provider bills the premium all the same', () => {
    expect(withCachePolicy(cardOf('anthropic/one', listed(sonnet))).rows[0]?.cost).toEqual(sonnet);
  });

  it('passes one-hour writes through at their price, also where that came from the five-minute price', () => {
    const { cacheWrite1h: _own, ...withoutHour } = sonnet;
    const [row] = withCachePolicy(cardOf('anthropic/one', listed(withoutHour))).rows;
    expect(row?.sell.cacheWrite1h).toBe(3_750_000_000n);
    expect(withCachePolicy(cardOf('anthropic/one', listed(sonnet))).rows[0]?.sell.cacheWrite1h).toBe(6_000_000_000n);
  });

  it('takes the premium off every row by that row’s own input price', () => {
    const long = { ...sonnet, input: 6_000_000_000n, cacheWrite5m: 7_500_000_000n };
    const { rows } = withCachePolicy(
      cardOf('anthropic/one', listed(sonnet), listed(long, { minInputTokens: 200_001 })),
    );
    expect(rows.map(({ absorbed }) => absorbed?.cacheWrite5m)).toEqual([750_000_000n, 1_500_000_000n]);
  });

  it('leaves authors outside the policy, and cards without a premium, alone: their versions stay', () => {
    const foreign = cardOf('acme/one', listed(sonnet));
    const plain = cardOf('anthropic/one', listed({ input: 1n, output: 2n }));
    const discount = cardOf('anthropic/one', listed({ input: 5n, output: 2n, cacheWrite5m: 4n }));
    for (const card of [foreign, plain, discount]) {
      expect(withCachePolicy(card)).toBe(card);
      expect(priceVersionOf(withCachePolicy(card))).toBe(priceVersionOf(card));
    }
    expect(withCachePolicy(cardOf('anthropic/one', listed(sonnet)), null).cachePolicy).toBeUndefined();
  });

  it('makes another price version: a receipt names the policy that it was charged under', () => {
    const card = cardOf('anthropic/one', listed(sonnet));
    const sold = withCachePolicy(card);
    expect(priceVersionOf(sold)).not.toBe(priceVersionOf(card));
    expect(priceVersionOf({ ...sold, cachePolicy: 'cache-2027-01' })).not.toBe(priceVersionOf(sold));
    expect(priceVersionOf(sold)).toBe('pv_8ebcc4dd821c27272b64d8a87c28316d');
  });

  it('names each version once', () => {
    const versions = cachePolicies.map(({ version }) => version);
    expect(new Set(versions).size).toBe(versions.length);
  });
});

describe('the cost under a policy', () => {
  it('is worked out by hand: the charge, what we absorb, and the list price that they add up to', () => {
    const card = versioned(withCachePolicy(cardOf('anthropic/one', listed(sonnet))));
    const usage = { ...emptyUsage, input: 3001, cacheWrite5m: 2001, output: 100, requests: 1 };
    const cost = costOf(usage, card, circumstances);
    // input 1,000 × $3/M = $0.003; writes 2,001 × $3/M = $0.006003; output 100 × $15/M = $0.0015
    expect(cost.totalNanoUsd).toBe(10_503_000n);
    // writes 2,001 × ($3.75 − $3)/M = $0.00150075
    expect(cost.absorbedNanoUsd).toBe(1_500_750n);
    expect(cost.absorbedLines).toEqual([
      {
        dimension: 'cacheWrite5m',
        units: 2001,
        rateFemtoUsd: 750_000_000n,
        amountFemtoUsd: 1_500_750_000_000n,
      },
    ]);
    expect(costOf(usage, card, { ...circumstances, side: 'cost' })).toMatchObject({
      totalNanoUsd: 12_003_750n,
      absorbedNanoUsd: 0n,
      absorbedLines: [],
    });
  });

  it('is absorbed for five-minute writes alone', () => {
    const card = versioned(withCachePolicy(cardOf('anthropic/one', listed(sonnet))));
    const cost = costOf({ ...emptyUsage, input: 1000, cacheWrite1h: 1000 }, card, circumstances);
    expect(cost).toMatchObject({ totalNanoUsd: 6_000_000n, absorbedNanoUsd: 0n, absorbedLines: [] });
  });

  it('plus what is absorbed is the list price, to the nano, whatever was used', () => {
    const rate = bigInt({ min: 0n, max: 10n ** 10n });
    const rates = record(
      { input: rate, output: rate, cacheRead: rate, cacheWrite5m: rate, cacheWrite1h: rate },
      { requiredKeys: ['input', 'output'] },
    );
    const count = bigInt({ min: 0n, max: 5000n }).map(Number);
    const parts = record({ cacheRead: count, cacheWrite5m: count, cacheWrite1h: count, plain: count, output: count });
    assert(
      property(rates, parts, (sell, { plain, ...used }) => {
        const usage = { ...emptyUsage, ...used, input: plain + used.cacheRead + used.cacheWrite5m + used.cacheWrite1h };
        const list = cardOf('anthropic/one', listed(sell));
        const sold = costOf(usage, versioned(withCachePolicy(list)), circumstances);
        expect(sold.totalNanoUsd + sold.absorbedNanoUsd).toBe(
          costOf(usage, versioned(list), circumstances).totalNanoUsd,
        );
        expect(sold.absorbedNanoUsd >= 0n).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});
