import {
  encodeWireId,
  topics,
  type AccountId,
  type GenerationId,
  type KeyId,
  type Outcome,
  type usageSettledSchema,
  type WorkspaceId,
} from '@apilink/contracts';
import type { OutgoingEvent } from '@apilink/events';
import type { z } from 'zod';

import { postedOf } from '../ledger/ledger.domain.js';
import type { LotDraw } from '../lot/lot.domain.js';
import type { SettledPosting } from './settlement.domain.js';

/** What `usage.settled` tells, as the tables keep it. */
export interface UsageSettledFacts {
  readonly accountId: AccountId;
  readonly transferId: string;
  /** The customer's balance after it and its version in the ledger. */
  readonly postedNanoUsd: bigint;
  readonly ledgerVersion: bigint;
  /** The database's clock, ms since the epoch. */
  readonly postedAt: number;
  readonly generationId: GenerationId;
  readonly workspaceId: WorkspaceId;
  readonly keyId: KeyId;
  readonly modelId: string;
  readonly outcome: Outcome;
  readonly promoNanoUsd: bigint;
  readonly paidNanoUsd: bigint;
  readonly writtenOffNanoUsd: bigint;
  readonly absorbedNanoUsd: bigint;
  readonly late: boolean;
  /** What the paid lots that it drew from have given by then. */
  readonly draws: readonly LotDraw[];
  /** Of the settlement's span, where the request is sampled. */
  readonly traceparent?: string | undefined;
}

/** The facts for all who follow the ledger; a customer whose ledger accounts were never touched has none to follow. */
export function usageSettledEvents(
  postings: readonly SettledPosting[],
  postedAt: number,
  traces: ReadonlyMap<GenerationId, string> = new Map(),
): readonly OutgoingEvent[] {
  return postings
    .filter(({ posting }) => posting.balance.ledgerVersion > 0n)
    .map(({ final, posting, draws, transferId, late }) =>
      usageSettledEvent({
        accountId: final.accountId,
        transferId,
        postedNanoUsd: postedOf(posting.balance),
        ledgerVersion: posting.balance.ledgerVersion,
        postedAt,
        generationId: final.generationId,
        workspaceId: final.workspaceId,
        keyId: final.keyId,
        modelId: final.modelId,
        outcome: final.outcome,
        promoNanoUsd: posting.promoNanoUsd,
        paidNanoUsd: posting.paidNanoUsd,
        writtenOffNanoUsd: posting.writtenOffNanoUsd,
        absorbedNanoUsd: posting.absorbedNanoUsd,
        late,
        draws,
        traceparent: traces.get(final.generationId),
      }),
    );
}

/** Its id is the transfer's: told again, it is the same event. */
export function usageSettledEvent(facts: UsageSettledFacts): OutgoingEvent {
  const body = bodyOf(facts);
  return {
    topic: topics.ledger.name,
    key: body.accountId,
    id: encodeWireId('evt', facts.transferId),
    type: 'usage.settled',
    source: 'billing',
    time: facts.postedAt,
    ...(facts.traceparent === undefined ? {} : { traceparent: facts.traceparent }),
    body: JSON.stringify(body),
  };
}

/** Written by hand: the schema's codec is a sixth of the time of settling a batch. A spec reads it back by the schema. */
function bodyOf(facts: UsageSettledFacts): z.input<typeof usageSettledSchema> {
  return {
    accountId: encodeWireId('acc', facts.accountId),
    transferId: facts.transferId,
    postedNanoUsd: facts.postedNanoUsd.toString(),
    version: Number(facts.ledgerVersion),
    postedAt: new Date(facts.postedAt).toISOString(),
    generationId: encodeWireId('gen', facts.generationId),
    workspaceId: encodeWireId('ws', facts.workspaceId),
    keyId: encodeWireId('key', facts.keyId),
    modelId: facts.modelId,
    outcome: facts.outcome,
    chargeNanoUsd: (facts.promoNanoUsd + facts.paidNanoUsd).toString(),
    promoNanoUsd: facts.promoNanoUsd.toString(),
    paidNanoUsd: facts.paidNanoUsd.toString(),
    writtenOffNanoUsd: facts.writtenOffNanoUsd.toString(),
    ...(facts.absorbedNanoUsd === 0n ? {} : { absorbedNanoUsd: facts.absorbedNanoUsd.toString() }),
    late: facts.late,
    ...(facts.draws.length === 0 ? {} : { draws: facts.draws.map(drawOf) }),
  };
}

function drawOf({ lotId, drawnNanoUsd, drawnFen }: LotDraw) {
  return {
    lotId: encodeWireId('lot', lotId),
    drawnNanoUsd: drawnNanoUsd.toString(),
    ...(drawnFen === null ? {} : { drawnFen: drawnFen.toString() }),
  };
}
