import { usageFinalSchema, type AccountId, type GenerationId, type UsageFinal } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';
import { z } from 'zod';

import { lateHoldIdOf } from '../ledger/ledger.domain.js';
import type { LateClaim } from './settlement.domain.js';
import { storableJson } from './storable-json.domain.js';

/** A late final that waits for its posting. */
export interface PendingLateSettlement extends LateClaim {
  readonly gateHoldId: GenerationId;
}

/** The rows that a late settlement begins with, so that a crash at any point is taken up again with the same ids. */
export class LateSettlementRepository {
  async insert(sql: Sql, claims: Iterable<LateClaim>): Promise<void> {
    const rows = [...claims].map(({ final, claimNanoUsd, absorbedNanoUsd }) => ({
      generation_id: final.generationId,
      account_id: final.accountId,
      claim_nano_usd: claimNanoUsd.toString(),
      absorbed_nano_usd: absorbedNanoUsd.toString(),
      gate_hold_id: lateHoldIdOf(final.generationId),
      final: z.encode(usageFinalSchema, final),
    }));
    if (rows.length === 0) return;
    await sql.query(INSERT_LATE, [storableJson(rows)]);
  }

  /** Oldest first, without those that were tried before. */
  async listPending(
    sql: Sql,
    tried: readonly GenerationId[],
    limit: number,
  ): Promise<readonly PendingLateSettlement[]> {
    const rows = await sql.query<LateRow>(
      `${SELECT_LATE} WHERE state = 'pending' AND generation_id <> ALL ($1::uuid[])
       ORDER BY recorded_at, generation_id LIMIT $2`,
      [tried, limit],
    );
    return rows.map(pendingOf);
  }

  /** Null when it was posted in between. Call it under the customer's lock. */
  async lockPending(sql: Sql, generationId: GenerationId): Promise<PendingLateSettlement | null> {
    const [row] = await sql.query<LateRow>(`${SELECT_LATE} WHERE generation_id = $1 AND state = 'pending' FOR UPDATE`, [
      generationId,
    ]);
    return row === undefined ? null : pendingOf(row);
  }

  async markPosted(sql: Sql, generationId: GenerationId, grantedNanoUsd: bigint): Promise<void> {
    await sql.query(
      `UPDATE late_settlements SET state = 'posted', granted_nano_usd = $2, posted_at = now()
       WHERE generation_id = $1 AND state = 'pending'`,
      [generationId, grantedNanoUsd.toString()],
    );
  }
}

interface LateRow {
  readonly generation_id: GenerationId;
  readonly account_id: AccountId;
  readonly claim_nano_usd: string;
  readonly absorbed_nano_usd: string;
  readonly gate_hold_id: GenerationId;
  readonly final: unknown;
}

function pendingOf(row: LateRow): PendingLateSettlement {
  const final: UsageFinal = usageFinalSchema.parse(row.final);
  return {
    final,
    claimNanoUsd: BigInt(row.claim_nano_usd),
    absorbedNanoUsd: BigInt(row.absorbed_nano_usd),
    gateHoldId: row.gate_hold_id,
  };
}

const SELECT_LATE = `SELECT generation_id, account_id, claim_nano_usd, absorbed_nano_usd, gate_hold_id, final
  FROM late_settlements`;

const INSERT_LATE = `
INSERT INTO late_settlements (generation_id, account_id, claim_nano_usd, absorbed_nano_usd, gate_hold_id, final)
SELECT generation_id, account_id, claim_nano_usd, absorbed_nano_usd, gate_hold_id, final
FROM jsonb_to_recordset($1::jsonb) AS l (generation_id uuid, account_id uuid, claim_nano_usd bigint,
  absorbed_nano_usd bigint, gate_hold_id uuid, final jsonb)
ON CONFLICT (generation_id) DO NOTHING`;
