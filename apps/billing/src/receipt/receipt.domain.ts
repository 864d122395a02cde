import {
  accountIdSchema,
  encodeWireId,
  generationIdSchema,
  keyIdSchema,
  type AccountId,
  type Attempt,
  type GenerationId,
  type HoldState,
  type KeyId,
  type Outcome,
  type Receipt,
  type UsageSource,
  type UsageVectorWire,
  type WorkspaceId,
} from '@apilink/contracts';
import { formatUsd, usdNumber } from '@apilink/money';
import type { RateCard } from '@apilink/pricing';
import { z } from 'zod';

import { chargeOf, lateChargeOf, type ChargeFacts } from '../settlement/charge.domain.js';
import { meteredCost, receiptLineOf } from './receipt-line.domain.js';

/** Everything that a receipt tells, as the hold's row keeps it. */
export interface ReceiptFacts {
  readonly generationId: GenerationId;
  readonly accountId: AccountId;
  readonly workspaceId: WorkspaceId;
  readonly keyId: KeyId;
  readonly modelId: string | null;
  readonly state: HoldState;
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  /** The most that was held while it ran. */
  readonly highestNanoUsd: bigint;
  /** The hold as it ended. */
  readonly finalHoldNanoUsd: bigint;
  readonly chargeNanoUsd: bigint;
  readonly writtenOffNanoUsd: bigint;
  readonly absorbedNanoUsd: bigint;
  readonly usage: UsageVectorWire | null;
  readonly usageSource: UsageSource | null;
  readonly priceVersion: string | null;
  /** Of that version; null when there is none. */
  readonly card: RateCard | null;
  readonly serviceTier: string | null;
  readonly endpointId: string | null;
  readonly attempts: readonly Attempt[];
  readonly stream: boolean | null;
  readonly finishReason: string | null;
  readonly openedAt: number;
  readonly endedAt: number | null;
  readonly referer: string | null;
}

/**
 * The receipt of a generation: ours beside OpenRouter's fields. Never a credential, a status or a cost of ours: what
 * failed attempts cost is not the customer's.
 */
export function receiptOf(facts: ReceiptFacts): Receipt {
  const answered = facts.attempts.find(({ endpointId }) => endpointId === facts.endpointId) ?? null;
  return {
    id: z.encode(generationIdSchema, facts.generationId),
    state: facts.state,
    outcome: facts.outcome,
    reason: facts.reason,
    hold_nano_usd: facts.highestNanoUsd.toString(),
    charge_nano_usd: facts.chargeNanoUsd.toString(),
    released_nano_usd: (facts.state === 'open' ? 0n : facts.highestNanoUsd - facts.chargeNanoUsd).toString(),
    written_off_nano_usd: facts.writtenOffNanoUsd.toString(),
    ...itemised(facts),
    usage: facts.usage,
    usage_source: facts.usageSource,
    price_version: facts.priceVersion,
    service_tier: facts.serviceTier,
    attempts: facts.attempts.map((attempt) => ({
      provider: attempt.provider,
      class: attempt.class,
      started_at: new Date(attempt.startedAt).toISOString(),
      first_token_ms: attempt.firstTokenMs,
    })),
    account_id: z.encode(accountIdSchema, facts.accountId),
    workspace_id: encodeWireId('ws', facts.workspaceId),
    key_id: z.encode(keyIdSchema, facts.keyId),
    model: facts.modelId ?? '',
    provider_name: answered?.provider ?? null,
    streamed: facts.stream,
    finish_reason: facts.finishReason,
    created_at: new Date(facts.openedAt).toISOString(),
    ended_at: facts.endedAt === null ? null : new Date(facts.endedAt).toISOString(),
    ...openRouterFigures(facts),
    latency: answered?.firstTokenMs ?? null,
    generation_time: facts.endedAt === null ? null : Math.max(0, facts.endedAt - facts.openedAt),
    app_id: null,
    origin: facts.referer,
    is_byok: false,
  };
}

/** The lines by which anybody can do the sum again, and why it was charged, or was not. */
function itemised(facts: ReceiptFacts) {
  const { usage, card, serviceTier, openedAt: at } = facts;
  const cost = usage === null || card === null ? null : meteredCost({ usage, card, serviceTier, at });
  return {
    charge_basis: chargeBasis(facts),
    metered_nano_usd: cost?.totalNanoUsd.toString() ?? null,
    lines: cost?.lines.map(receiptLineOf) ?? [],
    cache_premium_absorbed_nano_usd: facts.absorbedNanoUsd.toString(),
    cache_premium_lines: facts.absorbedNanoUsd > 0n ? (cost?.absorbedLines.map(receiptLineOf) ?? []) : [],
  };
}

function chargeBasis(facts: ReceiptFacts): Receipt['charge_basis'] {
  const { state, outcome, usage, usageSource, card, endpointId, priceVersion } = facts;
  if (state === 'open' || outcome === null) return null;
  if (state === 'expired' || usage === null || usageSource === null) return 'nothing';
  const charged: ChargeFacts = {
    outcome,
    usage,
    usageSource,
    answeredBy: endpointId === null || priceVersion === null ? null : { endpointId, priceVersion },
    serviceTier: facts.serviceTier,
    openedAt: facts.openedAt,
    finalHoldNanoUsd: facts.finalHoldNanoUsd,
  };
  const result = (state === 'late_settled' ? lateChargeOf : chargeOf)(charged, () => card ?? undefined);
  if ('problem' in result || result.charge.basis === 'nothing') return 'nothing';
  return result.charge.basis === 'final_hold' ? 'final_hold' : 'metered';
}

function openRouterFigures({ chargeNanoUsd, usage }: ReceiptFacts) {
  return {
    total_cost: usdNumber(chargeNanoUsd),
    usage_cost_usd: formatUsd(chargeNanoUsd),
    tokens_prompt: usage?.input ?? 0,
    tokens_completion: usage?.output ?? 0,
    native_tokens_prompt: usage?.input ?? 0,
    native_tokens_completion: usage?.output ?? 0,
    native_tokens_reasoning: usage?.reasoning ?? 0,
    native_tokens_cached: usage?.cacheRead ?? 0,
  };
}
