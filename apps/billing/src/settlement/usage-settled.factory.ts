import { encodeWireId, topics, type usageSettledSchema } from '@apilink/contracts';
import type { OutgoingEvent } from '@apilink/events';
import type { z } from 'zod';

import { postedOf } from '../ledger/ledger.domain.js';
import type { SettledPosting } from './settlement.domain.js';

/** The facts for all who follow the ledger; a customer whose ledger accounts were never touched has none to follow. */
export function usageSettledEvents(postings: readonly SettledPosting[], at: number): readonly OutgoingEvent[] {
  return postings
    .filter(({ posting }) => posting.balance.ledgerVersion > 0n)
    .map((posting) => usageSettledEvent(posting, at));
}

/** Its id is the transfer's: told again, it is the same event. */
function usageSettledEvent(settled: SettledPosting, at: number): OutgoingEvent {
  const body = bodyOf(settled, new Date(at).toISOString());
  return {
    topic: topics.ledger.name,
    key: body.accountId,
    id: encodeWireId('evt', settled.transferId),
    type: 'usage.settled',
    source: 'billing',
    time: at,
    body: JSON.stringify(body),
  };
}

/** Written by hand: the schema's codec is a sixth of the time of settling a batch. A spec reads it back by the schema. */
function bodyOf(
  { final, posting, transferId, late }: SettledPosting,
  postedAt: string,
): z.input<typeof usageSettledSchema> {
  return {
    accountId: encodeWireId('acc', final.accountId),
    transferId,
    postedNanoUsd: postedOf(posting.balance).toString(),
    version: Number(posting.balance.ledgerVersion),
    postedAt,
    generationId: encodeWireId('gen', final.generationId),
    workspaceId: encodeWireId('ws', final.workspaceId),
    keyId: encodeWireId('key', final.keyId),
    modelId: final.modelId,
    outcome: final.outcome,
    chargeNanoUsd: (posting.promoNanoUsd + posting.paidNanoUsd).toString(),
    promoNanoUsd: posting.promoNanoUsd.toString(),
    paidNanoUsd: posting.paidNanoUsd.toString(),
    writtenOffNanoUsd: posting.writtenOffNanoUsd.toString(),
    late,
  };
}
