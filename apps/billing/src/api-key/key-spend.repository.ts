import type { KeyId } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';

/** What a key has spent by settled requests. */
export interface KeySpend {
  readonly totalNanoUsd: bigint;
  readonly dayNanoUsd: bigint;
  readonly weekNanoUsd: bigint;
  readonly monthNanoUsd: bigint;
}

export interface SpendPeriods {
  readonly day: string;
  readonly week: string;
  readonly month: string;
}

export class KeySpendRepository {
  /** Of each of the keys; a key that spent nothing has no rows. */
  async find(sql: Sql, keyIds: readonly KeyId[], periods: SpendPeriods): Promise<(keyId: KeyId) => KeySpend> {
    const { day, week, month } = periods;
    const rows = await sql.query<{ scope_id: string; period: string; spent_nano_usd: string }>(FIND, [
      keyIds,
      ['total', day, week, month],
    ]);
    const spent = new Map(rows.map((row) => [`${row.scope_id} ${row.period}`, BigInt(row.spent_nano_usd)]));
    const of = (keyId: KeyId, period: string): bigint => spent.get(`${keyId} ${period}`) ?? 0n;
    return (keyId) => ({
      totalNanoUsd: of(keyId, 'total'),
      dayNanoUsd: of(keyId, day),
      weekNanoUsd: of(keyId, week),
      monthNanoUsd: of(keyId, month),
    });
  }
}

const FIND = `SELECT scope_id, period, spent_nano_usd FROM period_spends
WHERE scope = 'key' AND scope_id = ANY($1::uuid[]) AND period = ANY($2::text[])`;
