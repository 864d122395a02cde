import { describe, expect, it } from '@jest/globals';

import type { RateCard, RateRow, Rates } from '@apilink/pricing';

import { outputOfGrant, planHold, type HoldFacts, type MoneyLeft } from './hold-plan.domain.js';

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
    asksHourOfCache: false,
    asksModalities: false,
    asksWebSearch: false,
    ...facts,
  });
  return Number(plan.amountNanoUsd) / 1_250_000;
}

describe('the size of a hold', () => {
  it('holds for an hour of cache only who asks for it', () => {
    expect(held({})).toBe(2);
    expect(held({ asksHourOfCache: true })).toBe(3);
  });

  it('holds for pictures and sound only who sends them', () => {
    expect(held({ needs: ['tools', 'structured-output'] })).toBe(2);
    expect(held({ needs: ['images'] })).toBe(5);
    expect(held({ needs: ['files'] })).toBe(5);
    expect(held({ needs: ['audio', 'images'] })).toBe(7);
  });

  it('holds the fee of a search where one is asked for', () => {
    const searching = card(row({ input: perMillion(1n), output: 0n, webSearch: 10_000_000_000_000n }));
    // A cent, beside 1,250 tokens at $1/M.
    expect(held({ cards: [searching], asksWebSearch: true })).toBe(1 + 10_000_000 / 1_250_000);
    expect(held({ cards: [searching] })).toBe(1);
  });

  it('holds for an answer in sound where one is asked for', () => {
    // 1,000 tokens × $11 beside the input's 1,250 × $2
    expect(held({ asksModalities: true })).toBe(2 + (11 * 1_000) / 1_250);
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

describe('a hold beyond every balance', () => {
  it('is one of the ceiling, which nobody affords, and no error of ours', () => {
    const dearest = card(row({ input: 0n, output: 900_000n * perMillion(1_000n) }));
    expect(held({ cards: [dearest], choices: 128, askedMaxTokens: null })).toBe(9_000_000_000_000_000 / 1_250_000);
  });
});

describe('what a grant pays for', () => {
  // 1,250 tokens of input at $1/M, output at $10/M: 1,000 output tokens cost $0.01.
  const plain = card(row({ input: perMillion(1n), output: perMillion(10n) }));
  const plan = planHold({
    cards: [plain],
    at: 0,
    estimatedInputTokens: 1_000,
    askedMaxTokens: 100_000,
    modelMaxTokens: 128_000,
    choices: 1,
    needs: [],
    serviceTier: null,
    asksHourOfCache: false,
    asksModalities: false,
    asksWebSearch: false,
  });
  const left = (changes: Partial<MoneyLeft> = {}): MoneyLeft => ({
    postedNanoUsd: 10_000_000_000n + plan.amountNanoUsd,
    heldNanoUsd: plan.amountNanoUsd,
    keyCapRemainingNanoUsd: null,
    caps: { workspace: null },
    ...changes,
  });

  it('leaves the limit of the client alone while balance, caps and budget afford it', () => {
    expect(outputOfGrant(plan, plan.amountNanoUsd, left())).toEqual({
      heldTokens: 4096,
      maxTokens: 100_000,
      clampedTo: null,
    });
  });

  it.each<[string, Partial<MoneyLeft>]>([
    ['the balance', { postedNanoUsd: 100_000_000n + plan.amountNanoUsd }],
    ['the caps of the key', { keyCapRemainingNanoUsd: 100_000_000n }],
    ['the budget of the workspace', { caps: { workspace: { remainingNanoUsd: 100_000_000n } } }],
  ])('cuts it to what %s affords in the end', (_what, changes) => {
    // The first step, and $0.10 more: 10,000 tokens.
    const output = outputOfGrant(plan, plan.amountNanoUsd, left(changes));
    expect(output).toEqual({ heldTokens: 4096, maxTokens: 14_096, clampedTo: 14_096 });
  });

  it('cuts it to the grant alone when the gate granted less, and a negative rest of a cap takes nothing away', () => {
    const granted = plan.leastNanoUsd + 1_000_000n;
    expect(outputOfGrant(plan, granted, left()).clampedTo).toBe(116);
    const overdrawn = left({ caps: { workspace: { remainingNanoUsd: -5n } } });
    expect(outputOfGrant(plan, plan.amountNanoUsd, overdrawn).maxTokens).toBe(4096);
  });

  it('cuts what is above the maximum of the model', () => {
    const beyond = { ...plan, askedMaxTokens: 200_000, maxTokens: 128_000 };
    expect(outputOfGrant(beyond, plan.amountNanoUsd, left()).clampedTo).toBe(128_000);
  });
});
