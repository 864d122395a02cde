import {
  attemptSchema,
  rateCardSchema,
  usageVectorSchema,
  type AccountId,
  type GenerationId,
  type HoldState,
  type KeyId,
  type Outcome,
  type UsageSource,
  type WorkspaceId,
} from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';
import { z } from 'zod';

import type { ReceiptFacts } from './receipt.domain.js';

export class ReceiptRepository {
  async find(sql: Sql, generationId: GenerationId): Promise<ReceiptFacts | null> {
    const [row] = await sql.query<ReceiptRow>(SELECT_RECEIPT, [generationId]);
    return row === undefined ? null : factsOf(row);
  }
}

interface ReceiptRow {
  readonly generation_id: GenerationId;
  readonly account_id: AccountId;
  readonly workspace_id: WorkspaceId;
  readonly key_id: KeyId;
  readonly model_id: string | null;
  readonly state: HoldState;
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  readonly highest_nano_usd: string;
  readonly amount_nano_usd: string;
  readonly absorbed_nano_usd: string;
  readonly charge_nano_usd: string;
  readonly written_off_nano_usd: string;
  readonly usage: unknown;
  readonly usage_source: UsageSource | null;
  readonly price_version: string | null;
  readonly card: unknown;
  readonly service_tier: string | null;
  readonly endpoint_id: string | null;
  readonly attempts: unknown;
  readonly stream: boolean | null;
  readonly finish_reason: string | null;
  readonly opened_at: Date;
  readonly ended_at: Date | null;
  readonly referer: string | null;
}

const SELECT_RECEIPT = `
SELECT generation_id, account_id, workspace_id, key_id, h.model_id, state, outcome, reason, amount_nano_usd,
  highest_nano_usd, charge_nano_usd, written_off_nano_usd, absorbed_nano_usd, usage, usage_source, h.price_version,
  p.card, service_tier, h.endpoint_id, attempts, stream, finish_reason, opened_at, ended_at, app->>'referer' AS referer
FROM holds h LEFT JOIN prices p ON p.price_version = h.price_version WHERE generation_id = $1`;

const attemptsSchema = z.array(attemptSchema);

function factsOf(row: ReceiptRow): ReceiptFacts {
  return {
    generationId: row.generation_id,
    accountId: row.account_id,
    workspaceId: row.workspace_id,
    keyId: row.key_id,
    modelId: row.model_id,
    state: row.state,
    outcome: row.outcome,
    reason: row.reason,
    highestNanoUsd: BigInt(row.highest_nano_usd),
    finalHoldNanoUsd: BigInt(row.amount_nano_usd),
    absorbedNanoUsd: BigInt(row.absorbed_nano_usd),
    chargeNanoUsd: BigInt(row.charge_nano_usd),
    writtenOffNanoUsd: BigInt(row.written_off_nano_usd),
    usage: row.usage === null ? null : usageVectorSchema.parse(row.usage),
    usageSource: row.usage_source,
    priceVersion: row.price_version,
    card: row.card === null ? null : rateCardSchema.parse(row.card),
    serviceTier: row.service_tier,
    endpointId: row.endpoint_id,
    attempts: attemptsSchema.parse(row.attempts),
    stream: row.stream,
    finishReason: row.finish_reason,
    openedAt: row.opened_at.getTime(),
    endedAt: row.ended_at?.getTime() ?? null,
    referer: row.referer,
  };
}
