import type { AccountId, differencesApi, GenerationId } from '@apilink/contracts';
import { arrayOf, type Sql } from '@apilink/postgres';

import type { FoundDifference } from './difference.domain.js';

export interface DifferenceQuestion {
  readonly kind: differencesApi.DifferenceKind | null;
  readonly accountId: AccountId | null;
  /** Only older ones. */
  readonly before: string | null;
  readonly limit: number;
}

/** Differences, written in the transaction that found them: one that is delivered twice is kept once. */
export class DifferenceRepository {
  async insert(sql: Sql, differences: readonly FoundDifference[]): Promise<void> {
    if (differences.length === 0) return;
    await sql.query(INSERT, [
      arrayOf('text', differences, ({ kind }) => kind),
      arrayOf('uuid', differences, ({ accountId }) => accountId),
      arrayOf('uuid', differences, ({ generationId }) => generationId),
      arrayOf('text', differences, ({ expected }) => expected),
      arrayOf('text', differences, ({ found }) => found),
    ]);
  }

  /** Newest first. */
  async list(sql: Sql, { kind, accountId, before, limit }: DifferenceQuestion): Promise<differencesApi.Difference[]> {
    const rows = await sql.query<DifferenceRow>(LIST, [kind, accountId, before, limit]);
    return rows.map((row) => ({
      id: row.difference_id,
      kind: row.kind,
      accountId: row.account_id,
      generationId: row.generation_id,
      expected: row.expected,
      found: row.found,
      foundAt: row.found_at.getTime(),
    }));
  }
}

interface DifferenceRow {
  readonly difference_id: string;
  readonly kind: differencesApi.DifferenceKind;
  readonly account_id: AccountId;
  readonly generation_id: GenerationId | null;
  readonly expected: string;
  readonly found: string;
  readonly found_at: Date;
}

const INSERT = `
INSERT INTO differences (kind, account_id, generation_id, expected, found)
SELECT * FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::text[])`;

const LIST = `
SELECT difference_id, kind, account_id, generation_id, expected, found, found_at FROM differences
WHERE ($1::text IS NULL OR kind = $1) AND ($2::uuid IS NULL OR account_id = $2)
  AND ($3::bigint IS NULL OR difference_id < $3)
ORDER BY difference_id DESC LIMIT $4`;
