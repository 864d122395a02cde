import { describe, expect, it } from '@jest/globals';
import {
  accountIdSchema,
  generationIdSchema,
  keyIdSchema,
  lotIdSchema,
  topics,
  workspaceIdSchema,
} from '@apilink/contracts';
import { decodeEvent } from '@apilink/events';

import { postUsage } from '../ledger/ledger.domain.js';
import { finalOf } from '../scenario/billing-scenario.factory.js';
import { usageSettledEvents } from './usage-settled.factory.js';

const id = '01990000-0000-7000-8000-000000000001';
const final = finalOf({
  accountId: accountIdSchema.out.parse(id),
  workspaceId: workspaceIdSchema.out.parse(id),
  keyId: keyIdSchema.out.parse(id),
  generationId: generationIdSchema.out.parse(id),
  modelId: 'acme/echo-1',
  candidates: [],
  periods: { day: '2026-11-22', week: '2026-W47', month: '2026-11' },
  openedAt: 1_000,
  epoch: 1,
  amountNanoUsd: 100n,
});
const amounts = {
  chargeNanoUsd: 70n,
  writtenOffNanoUsd: 3n,
  writeOffReason: 'late',
  absorbedNanoUsd: 5n,
  costNanoUsd: 1n,
} as const;

function settled(ledgerVersion: bigint, promoNanoUsd: bigint) {
  const balance = {
    accountId: final.accountId,
    paidNanoUsd: 40n,
    promoNanoUsd,
    creditedNanoUsd: 100n,
    spentNanoUsd: 0n,
    refundingNanoUsd: 0n,
    gapNanoUsd: 0n,
    version: 1n,
    ledgerVersion,
  };
  const draws = [{ lotId: lotIdSchema.out.parse(id), drawnNanoUsd: 1_000n, drawnFen: 7n }];
  return { final, posting: postUsage(balance, amounts), draws, transferId: id, late: true };
}

describe('usage.settled', () => {
  it('says by its schema what was posted, with the transfer as its id', () => {
    const [event] = usageSettledEvents([settled(4n, 60n)], 5_000);
    if (event === undefined) throw new Error('there is no event');
    expect(decodeEvent(topics.ledger, { ...event, partition: 0, offset: 0n })).toMatchObject({
      outcome: 'event',
      type: 'usage.settled',
      body: {
        accountId: final.accountId,
        generationId: final.generationId,
        workspaceId: final.workspaceId,
        keyId: final.keyId,
        transferId: id,
        postedNanoUsd: 30n,
        version: 5,
        postedAt: 5_000,
        chargeNanoUsd: 70n,
        promoNanoUsd: 60n,
        paidNanoUsd: 10n,
        writtenOffNanoUsd: 3n,
        absorbedNanoUsd: 5n,
        draws: [{ lotId: id, drawnNanoUsd: 1_000n, drawnFen: 7n }],
        late: true,
      },
    });
    expect(usageSettledEvents([settled(4n, 60n)], 9_000)[0]?.id).toBe(event.id);
  });

  it('belongs to the trace of its request, where that is sampled', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const sampled = new Map([[final.generationId, traceparent]]);
    expect(usageSettledEvents([settled(4n, 60n)], 5_000, sampled)[0]?.traceparent).toBe(traceparent);
    expect(usageSettledEvents([settled(4n, 60n)], 5_000)[0]).not.toHaveProperty('traceparent');
  });
});
