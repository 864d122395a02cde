import { describe, expect, it } from '@jest/globals';
import { outcomeSchema } from '@apilink/contracts';
import { emptyUsage, type RateCard } from '@apilink/pricing';
import * as fc from 'fast-check';

import { chargeBasisOf, chargeOf, lateChargeOf, type ChargeFacts } from './charge.domain.js';

const card: RateCard = {
  priceVersion: 'pv_1',
  modelId: 'acme/echo-1',
  endpointId: 'alpha/acme/echo-1',
  currency: 'USD',
  rows: [
    {
      minInputTokens: 0,
      serviceTier: null,
      utcWindow: null,
      startsAt: null,
      sell: { input: 1_500_000n, output: 2_800_000n },
      cost: { input: 1n, output: 1n },
    },
  ],
};
const cardOf = (version: string): RateCard | undefined => (version === card.priceVersion ? card : undefined);

const facts: ChargeFacts = {
  outcome: 'completed',
  usage: { ...emptyUsage, input: 3, output: 2 },
  usageSource: 'upstream',
  answeredBy: { endpointId: card.endpointId, priceVersion: card.priceVersion },
  serviceTier: null,
  openedAt: 0,
  finalHoldNanoUsd: 100n,
};

const anyFacts: fc.Arbitrary<ChargeFacts> = fc.record({
  outcome: fc.constantFrom(...outcomeSchema.options),
  usage: fc.record({ input: fc.nat(), output: fc.nat() }).map((part) => ({ ...emptyUsage, ...part })),
  usageSource: fc.constantFrom('upstream' as const, 'estimated' as const, 'none' as const),
  answeredBy: fc.constantFrom(facts.answeredBy, null),
  serviceTier: fc.constant(null),
  openedAt: fc.nat(),
  finalHoldNanoUsd: fc.bigInt({ min: 0n, max: 9_000_000_000_000_000n }),
});

describe('the charge of an outcome', () => {
  it('is our own figure, rounded up once', () => {
    // 3 × 1.5 + 2 × 2.8 = 10.1 nano-USD
    expect(chargeOf(facts, cardOf)).toEqual({
      charge: { basis: 'metered', chargeNanoUsd: 11n, shortfallNanoUsd: 0n, absorbedNanoUsd: 0n },
    });
  });

  it('is never more than the final hold, and what is above it is ours', () => {
    expect(chargeOf({ ...facts, finalHoldNanoUsd: 5n }, cardOf)).toEqual({
      charge: { basis: 'metered', chargeNanoUsd: 5n, shortfallNanoUsd: 6n, absorbedNanoUsd: 0n },
    });
    fc.assert(
      fc.property(anyFacts, (any) => {
        const result = chargeOf(any, cardOf);
        expect('problem' in result || result.charge.chargeNanoUsd <= any.finalHoldNanoUsd).toBe(true);
      }),
    );
  });

  it('is the whole final hold when the client disconnects, whatever was metered', () => {
    const disconnected = { ...facts, outcome: 'client_disconnect' as const };
    expect(chargeOf(disconnected, cardOf)).toMatchObject({ charge: { chargeNanoUsd: 100n } });
    expect(chargeOf({ ...disconnected, answeredBy: null }, cardOf)).toMatchObject({ charge: { chargeNanoUsd: 100n } });
  });

  it('is nothing for every outcome that produced nothing', () => {
    const free = outcomeSchema.options.filter((outcome) => chargeBasisOf(outcome) === 'nothing');
    expect(free).toEqual([
      'rejected',
      'void_before_dispatch',
      'abandoned_late',
      'upstream_error_no_output',
      'expired',
      'empty_completion',
    ]);
    for (const outcome of free) {
      expect(chargeOf({ ...facts, outcome }, cardOf)).toMatchObject({ charge: { chargeNanoUsd: 0n } });
    }
  });

  it('is nothing for our own abort when nothing is known, and metered when it is', () => {
    const aborted = { ...facts, outcome: 'gateway_abort' as const };
    expect(chargeOf(aborted, cardOf)).toMatchObject({ charge: { chargeNanoUsd: 11n } });
    expect(chargeOf({ ...aborted, usageSource: 'none' }, cardOf)).toMatchObject({ charge: { chargeNanoUsd: 0n } });
    expect(chargeOf({ ...aborted, answeredBy: null }, cardOf)).toMatchObject({ charge: { chargeNanoUsd: 0n } });
  });

  it('is a problem, not a guess, when the facts cannot be true together', () => {
    expect(chargeOf({ ...facts, answeredBy: null }, cardOf)).toMatchObject({
      problem: expect.stringContaining('without'),
    });
    expect(chargeOf(facts, () => undefined)).toEqual({ problem: 'unknown price version pv_1' });
    const elsewhere = { endpointId: 'beta/acme/echo-1', priceVersion: 'pv_1' };
    expect(chargeOf({ ...facts, answeredBy: elsewhere }, cardOf)).toMatchObject({
      problem: expect.stringContaining('beta'),
    });
    const torn = { ...emptyUsage, input: 1, cacheRead: 2 };
    expect(chargeOf({ ...facts, usage: torn }, cardOf)).toMatchObject({ problem: expect.stringContaining('parts') });
  });
});

describe('the charge of a late final', () => {
  it('is metered also for a disconnect: the hold that it would be charged with is gone', () => {
    const disconnected = { ...facts, outcome: 'client_disconnect' as const };
    expect(lateChargeOf(disconnected, cardOf)).toMatchObject({ charge: { chargeNanoUsd: 11n } });
    expect(lateChargeOf({ ...disconnected, answeredBy: null }, cardOf)).toMatchObject({
      charge: { chargeNanoUsd: 0n },
    });
  });

  it('is never above that of a final in time', () => {
    fc.assert(
      fc.property(anyFacts, (any) => {
        const [late, inTime] = [lateChargeOf(any, cardOf), chargeOf(any, cardOf)];
        const isAbove =
          'charge' in late && 'charge' in inTime && late.charge.chargeNanoUsd > inTime.charge.chargeNanoUsd;
        expect(isAbove).toBe(false);
      }),
    );
  });
});
