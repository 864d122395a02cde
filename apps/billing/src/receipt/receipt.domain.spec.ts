import { describe, expect, it } from '@jest/globals';
import { accountIdSchema, generationIdSchema, keyIdSchema, receiptSchema, workspaceIdSchema } from '@apilink/contracts';
import { emptyUsage } from '@apilink/pricing';

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
  chargeNanoUsd: 12n,
  writtenOffNanoUsd: 0n,
  usage: { ...emptyUsage, input: 10, output: 20, reasoning: 5, cacheRead: 3 },
  usageSource: 'upstream',
  priceVersion: 'pv_1',
  endpointId: attempt.endpointId,
  attempts: [{ ...attempt, endpointId: 'beta/acme/echo-1', provider: 'beta', class: 'reset' }, attempt],
  stream: true,
  finishReason: 'stop',
  openedAt: 0,
  endedAt: 2_500,
  referer: 'https://example.com',
};

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
