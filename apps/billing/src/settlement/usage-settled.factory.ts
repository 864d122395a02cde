import { accountIdSchema, encodeWireId, topics } from '@apilink/contracts';
import { encodeEvent, type OutgoingEvent } from '@apilink/events';
import { z } from 'zod';

import { postedOf } from '../ledger/ledger.domain.js';
import type { SettledPosting } from './settlement.domain.js';

/** The facts for all who follow the ledger; a customer whose ledger accounts were never touched has none to follow. */
export function usageSettledEvents(postings: readonly SettledPosting[], at: number): readonly OutgoingEvent[] {
  return postings
    .filter(({ posting }) => posting.balance.ledgerVersion > 0n)
    .map((posting) => usageSettledEvent(posting, at));
}

/** Its id is the transfer's: told again, it is the same event. */
function usageSettledEvent({ final, posting, transferId, late }: SettledPosting, at: number): OutgoingEvent {
  return encodeEvent(topics.ledger, {
    key: z.encode(accountIdSchema, final.accountId),
    id: encodeWireId('evt', transferId),
    type: 'usage.settled',
    source: 'billing',
    time: at,
    body: {
      accountId: final.accountId,
      transferId,
      postedNanoUsd: postedOf(posting.balance),
      version: Number(posting.balance.ledgerVersion),
      postedAt: at,
      generationId: final.generationId,
      workspaceId: final.workspaceId,
      keyId: final.keyId,
      modelId: final.modelId,
      outcome: final.outcome,
      chargeNanoUsd: posting.promoNanoUsd + posting.paidNanoUsd,
      promoNanoUsd: posting.promoNanoUsd,
      paidNanoUsd: posting.paidNanoUsd,
      writtenOffNanoUsd: posting.writtenOffNanoUsd,
      late,
    },
  });
}
