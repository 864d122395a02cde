import type { AccountId, GenerationId, HoldState, KeyId, Outcome } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';

export interface UsageRow {
  readonly id: GenerationId;
  readonly keyId: KeyId;
  readonly model: string;
  readonly state: HoldState;
  readonly outcome: Outcome | null;
  readonly holdNanoUsd: bigint;
  readonly chargeNanoUsd: bigint;
  readonly openedAt: number;
}

export class UsageReportRepository {
  /** An account's generations, newest first, below a cursor. */
  async page(sql: Sql, accountId: AccountId, below: GenerationId | null, limit: number): Promise<readonly UsageRow[]> {
    const rows = await sql.query<HoldRow>(PAGE, [accountId, below, limit]);
    return rows.map((row) => ({
      id: row.generation_id,
      keyId: row.key_id,
      model: row.model_id ?? '',
      state: row.state,
      outcome: row.outcome,
      holdNanoUsd: BigInt(row.highest_nano_usd),
      chargeNanoUsd: BigInt(row.charge_nano_usd),
      openedAt: row.opened_at.getTime(),
    }));
  }
}

interface HoldRow {
  readonly generation_id: GenerationId;
  readonly key_id: KeyId;
  readonly model_id: string | null;
  readonly state: HoldState;
  readonly outcome: Outcome | null;
  readonly highest_nano_usd: string;
  readonly charge_nano_usd: string;
  readonly opened_at: Date;
}

const PAGE = `
SELECT generation_id, key_id, model_id, state, outcome, highest_nano_usd, charge_nano_usd, opened_at
FROM holds WHERE account_id = $1 AND ($2::uuid IS NULL OR generation_id < $2)
ORDER BY generation_id DESC LIMIT $3`;
