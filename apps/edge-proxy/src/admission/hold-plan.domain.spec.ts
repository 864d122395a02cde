import { describe, expect, it } from '@jest/globals';

import type { RateCard, RateRow, Rates } from '@apilink/pricing';

import { planHold, type HoldFacts } from './hold-plan.domain.js';

const row = (sell: Rates, serviceTier: string | null = null): RateRow => ({
  minInputTokens: 0,
  serviceTier,
  utcWindow: null,
  startsAt: null,
  sell,
  cost: {},
});

const card = (...rows: RateRow[]): RateCard => ({
  priceVersion: 'pv_spec',
  modelId: 'acme/one',
  endpointId: 'acme/one',
  currency: 'USD',
  rows,
});

const perMillion = (usd: bigint): bigint => usd * 1_000_000_000n;

/** $1 of everything usual, so that a hold of 1,000 tokens shows its dearest rate as dollars: 1,250 tokens of input. */
const dear = card(
  row({
    input: perMillion(1n),
    cacheWrite5m: perMillion(2n),
    cacheWrite1h: perMillion(3n),
    imageInput: perMillion(5n),
    audioInput: perMillion(7n),
    output: 0n,
    audioOutput: perMillion(11n),
  }),
);

function held(facts: Partial<HoldFacts>): number {
  const plan = planHold({
    cards: [dear],
    at: 0,
    estimatedInputTokens: 1_000,
    askedMaxTokens: 1_000,
    modelMaxTokens: 8_192,
    choices: 1,
    needs: [],
    serviceTier: null,
    body: Buffer.from('{"messages":[]}'),
    ...facts,
  });
  return Number(plan.amountNanoUsd) / 1_250_000;
}

describe('the size of a hold', () => {
  it('holds for an hour of cache only who asks for it', () => {
    expect(held({})).toBe(2);
    expect(held({ body: Buffer.from('{"cache_control":{"type":"ephemeral","ttl":"1h"}}') })).toBe(3);
  });

  it('holds for pictures and sound only who sends them', () => {
    expect(held({ needs: ['tools', 'structured-output'] })).toBe(2);
    expect(held({ needs: ['images'] })).toBe(5);
    expect(held({ needs: ['files'] })).toBe(5);
    expect(held({ needs: ['audio', 'images'] })).toBe(7);
  });

  it('holds for an answer in sound where one is asked for', () => {
    // 1,000 tokens × $11 beside the input's 1,250 × $2
    expect(held({ body: Buffer.from('{"modalities":["text","audio"]}') })).toBe(2 + (11 * 1_000) / 1_250);
  });

  it.each<[string | null, number]>([
    [null, 1],
    ['auto', 1],
    ['default', 1],
    ['flex', 1],
    ['priority', 4],
    ['unheard-of', 1],
  ])('holds the price of the service tier %s, and never less than the usual one', (serviceTier, usd) => {
    const tiers = card(
      row({ input: perMillion(1n), output: 0n }),
      row({ input: perMillion(4n), output: 0n }, 'priority'),
      row({ input: perMillion(1n) / 2n, output: 0n }, 'flex'),
    );
    expect(held({ cards: [tiers], serviceTier })).toBe(usd);
  });
});
