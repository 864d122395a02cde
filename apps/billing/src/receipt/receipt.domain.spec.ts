import { describe, expect, it } from '@jest/globals';
import { accountIdSchema, generationIdSchema, keyIdSchema, receiptSchema, workspaceIdSchema } from '@apilink/contracts';
import { ceilFemtoToNano } from '@apilink/money';
import { emptyUsage, type RateCard } from '@apilink/pricing';

import { receiptOf, type ReceiptFacts } from './receipt.domain.js';

const id = '01990000-0000-7000-8000-000000000001';
const attempt = {
  endpointId: 'alpha/acme/echo-1',
  provider: 'alpha',
  credential: 'secret-credential',
  startedAt: 1_000,
  firstTokenMs: 120,
  durationMs: 900,
  class: 'ok' as const,
  status: 200,
  usage: null,
  costNanoUsd: 123_456_789n,
  hedge: false,
};
const facts: ReceiptFacts = {
  generationId: generationIdSchema.out.parse(id),
  accountId: accountIdSchema.out.parse(id),
  workspaceId: workspaceIdSchema.out.parse(id),
  keyId: keyIdSchema.out.parse(id),
  modelId: 'acme/echo-1',
  state: 'settled',
  outcome: 'completed',
  reason: null,
  highestNanoUsd: 1_000n,
  finalHoldNanoUsd: 900n,
  absorbedNanoUsd: 0n,
  chargeNanoUsd: 12n,
  writtenOffNanoUsd: 0n,
  usage: { ...emptyUsage, input: 10, output: 20, reasoning: 5, cacheRead: 3 },
  usageSource: 'upstream',
  priceVersion: 'pv_1',
  card: null,
  serviceTier: null,
  endpointId: attempt.endpointId,
  attempts: [{ ...attempt, endpointId: 'beta/acme/echo-1', provider: 'beta', class: 'reset' }, attempt],
  stream: true,
  finishReason: 'stop',
  openedAt: 0,
  endedAt: 2_500,
  referer: 'https://example.com',
};

/** Input at $3, cache reads at $0.3, writes sold at the input's price and listed at $3.75, output at $15, a cent per search. */
const card: RateCard = {
  priceVersion: 'pv_1',
  modelId: facts.modelId ?? '',
  endpointId: attempt.endpointId,
  currency: 'USD',
  rows: [
    {
      minInputTokens: 0,
      serviceTier: null,
      utcWindow: null,
      startsAt: null,
      sell: {
        input: 3_000_000_000n,
        cacheRead: 300_000_000n,
        cacheWrite5m: 3_000_000_000n,
        output: 15_000_000_000n,
        webSearch: 10_000_000_000_000n,
        seconds: 100_000_000_000n,
      },
      absorbed: { cacheWrite5m: 750_000_000n },
      cost: {},
    },
  ],
};
const usage = { ...emptyUsage, input: 1_000, cacheRead: 200, cacheWrite5m: 100, output: 33, webSearches: 1 };

describe('the lines of a receipt', () => {
  it('add up in femto to what was metered, and tell each price', () => {
    const receipt = receiptSchema.parse(receiptOf({ ...facts, usage, card, absorbedNanoUsd: 75_000n }));
    expect(receipt.lines).toEqual([
      // 700 × 3,000,000,000 femto.
      { dimension: 'input', units: 700, rate_usd_per_million: '3.000000000', amount_femto_usd: '2100000000000' },
      { dimension: 'output', units: 33, rate_usd_per_million: '15.000000000', amount_femto_usd: '495000000000' },
      { dimension: 'cacheRead', units: 200, rate_usd_per_million: '0.300000000', amount_femto_usd: '60000000000' },
      { dimension: 'cacheWrite5m', units: 100, rate_usd_per_million: '3.000000000', amount_femto_usd: '300000000000' },
      { dimension: 'webSearch', units: 1, rate_usd_per_unit: '0.01', amount_femto_usd: '10000000000000' },
    ]);
    const sum = receipt.lines.reduce((total, line) => total + BigInt(line.amount_femto_usd), 0n);
    expect(receipt.metered_nano_usd).toBe(ceilFemtoToNano(sum).toString());
    expect(receipt.cache_premium_absorbed_nano_usd).toBe('75000');
    expect(receipt.cache_premium_lines).toEqual([
      { dimension: 'cacheWrite5m', units: 100, rate_usd_per_million: '0.750000000', amount_femto_usd: '75000000000' },
    ]);
  });

  it('tell a price per second to the last digit, with milliseconds as units', () => {
    const [line] = receiptOf({ ...facts, usage: { ...emptyUsage, milliseconds: 1_500 }, card }).lines;
    expect(line).toEqual({
      dimension: 'seconds',
      units: 1_500,
      rate_usd_per_unit: '0.0001',
      amount_femto_usd: '150000000000',
    });
  });

  it.each([
    [{ outcome: 'completed' as const }, 'metered'],
    [{ outcome: 'client_disconnect' as const }, 'final_hold'],
    [{ outcome: 'client_disconnect' as const, state: 'late_settled' as const }, 'metered'],
    [{ outcome: 'rejected' as const, state: 'voided' as const }, 'nothing'],
    [{ outcome: 'gateway_abort' as const, usageSource: 'none' as const }, 'nothing'],
    [{ outcome: 'completed' as const, state: 'expired' as const }, 'nothing'],
    [{ outcome: null, state: 'open' as const }, null],
  ])('say by what was charged: %j', (change, basis) => {
    expect(receiptOf({ ...facts, usage, card, ...change }).charge_basis).toBe(basis);
  });
});

describe('a receipt', () => {
  it('says hold, charge and release of a generation that has ended', () => {
    expect(receiptSchema.parse(receiptOf(facts))).toMatchObject({
      hold_nano_usd: '1000',
      charge_nano_usd: '12',
      released_nano_usd: '988',
      total_cost: 0.000000012,
      usage_cost_usd: '0.000000012',
      provider_name: 'alpha',
      latency: 120,
      generation_time: 2_500,
      native_tokens_cached: 3,
    });
  });

  it('releases nothing while the hold is open', () => {
    const open = { ...facts, state: 'open' as const, outcome: null, chargeNanoUsd: 0n, endedAt: null, usage: null };
    expect(receiptSchema.parse(receiptOf(open))).toMatchObject({ released_nano_usd: '0', outcome: null, usage: null });
  });

  it('never tells a credential or what an attempt cost us', () => {
    const text = JSON.stringify(receiptOf(facts));
    expect(text).not.toContain('secret-credential');
    expect(text).not.toContain('123456789');
  });
});
