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
import { z } from 'zod';

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
  readonly chargeNanoUsd: bigint;
  readonly writtenOffNanoUsd: bigint;
  readonly usage: UsageVectorWire | null;
  readonly usageSource: UsageSource | null;
  readonly priceVersion: string | null;
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
    usage: facts.usage,
    usage_source: facts.usageSource,
    price_version: facts.priceVersion,
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
