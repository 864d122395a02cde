import type { AccountId } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';

export interface FreeCredit {
  readonly identityHash: string;
  readonly accountId: AccountId;
  readonly kind: string;
  readonly amountNanoUsd: bigint;
  readonly actor: string;
}

export class FreeCreditRepository {
  /** False when this identity, or this account, had it before. Two at once wait for each other here. */
  async insert(sql: Sql, credit: FreeCredit): Promise<boolean> {
    const rows = await sql.query(
      `INSERT INTO free_credits (identity_hash, account_id, kind, amount_nano_usd, day, actor)
       VALUES ($1, $2, $3, $4, (now() AT TIME ZONE 'UTC')::date, $5) ON CONFLICT DO NOTHING RETURNING account_id`,
      [credit.identityHash, credit.accountId, credit.kind, credit.amountNanoUsd.toString(), credit.actor],
    );
    return rows.length > 0;
  }

  async findAccount(sql: Sql, identityHash: string): Promise<AccountId | null> {
    const [row] = await sql.query<{ account_id: AccountId }>(
      'SELECT account_id FROM free_credits WHERE identity_hash = $1',
      [identityHash],
    );
    return row?.account_id ?? null;
  }

  /** Takes it out of today's budget (UTC), by one conditional statement; false when there is not so much left. */
  async takeFromBudget(sql: Sql, amountNanoUsd: bigint, dailyNanoUsd: bigint): Promise<boolean> {
    const rows = await sql.query(
      `INSERT INTO free_credit_days AS d (day, granted_nano_usd)
       SELECT (now() AT TIME ZONE 'UTC')::date, $1::bigint WHERE $1::bigint <= $2::bigint
       ON CONFLICT (day) DO UPDATE SET granted_nano_usd = d.granted_nano_usd + excluded.granted_nano_usd
         WHERE d.granted_nano_usd + excluded.granted_nano_usd <= $2::bigint
       RETURNING day`,
      [amountNanoUsd.toString(), dailyNanoUsd.toString()],
    );
    return rows.length > 0;
  }
}
