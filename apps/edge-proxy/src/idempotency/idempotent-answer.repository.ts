import type { Sql } from '@apilink/postgres';

/** Whose request has a key now, and until when; or what became of it. */
export interface KnownKey {
  readonly sealedRequestHash: Buffer;
  readonly state: 'running' | 'kept' | 'spent';
  readonly generation: string | null;
  readonly sealedAnswer: Buffer | null;
}

export interface KeyPlace {
  readonly accountId: string;
  readonly keyHash: Buffer;
}

export interface NewClaim extends KeyPlace {
  readonly sealedRequestHash: Buffer;
  readonly claimId: string;
  readonly leaseMs: number;
  readonly keptMs: number;
}

interface KnownRow {
  readonly sealed_request_hash: Buffer;
  readonly state: KnownKey['state'];
  readonly generation: string | null;
  readonly sealed_answer: Buffer | null;
}

/** One conditional statement decides who has a key; the database's clock says what has run out. */
export class IdempotentAnswerRepository {
  /** True when the key is this claim's now: it was free, its run is gone, or its day is over. */
  async claim(sql: Sql, claim: NewClaim): Promise<boolean> {
    const rows = await sql.query(
      `INSERT INTO idempotent_answers AS known
         (account_id, key_hash, sealed_request_hash, claim_id, state, lease_until, kept_until)
       VALUES ($1, $2, $3, $4, 'running', now() + $5 * interval '1 ms', now() + $6 * interval '1 ms')
       ON CONFLICT (account_id, key_hash) DO UPDATE
         SET sealed_request_hash = excluded.sealed_request_hash, claim_id = excluded.claim_id, state = 'running',
             lease_until = excluded.lease_until, kept_until = excluded.kept_until, created_at = now(),
             generation = NULL, sealed_answer = NULL
         WHERE known.lease_until <= now() OR known.kept_until <= now()
       RETURNING 1`,
      [claim.accountId, claim.keyHash, claim.sealedRequestHash, claim.claimId, claim.leaseMs, claim.keptMs],
    );
    return rows.length === 1;
  }

  async find(sql: Sql, { accountId, keyHash }: KeyPlace): Promise<KnownKey | null> {
    const [row] = await sql.query<KnownRow>(
      `SELECT sealed_request_hash, state, generation, sealed_answer FROM idempotent_answers
       WHERE account_id = $1 AND key_hash = $2`,
      [accountId, keyHash],
    );
    if (row === undefined) return null;
    const { sealed_request_hash: sealedRequestHash, state, generation, sealed_answer: sealedAnswer } = row;
    return { sealedRequestHash, state, generation, sealedAnswer };
  }

  /** The answer of a claim: kept, or, as null, spent. False when the key is another's by now. */
  async end(
    sql: Sql,
    { accountId, keyHash, claimId }: KeyPlace & { readonly claimId: string },
    answer: { readonly generation: string; readonly sealed: Buffer | null },
  ): Promise<boolean> {
    const rows = await sql.query(
      `UPDATE idempotent_answers SET state = $4, lease_until = NULL, generation = $5, sealed_answer = $6
       WHERE account_id = $1 AND key_hash = $2 AND claim_id = $3 AND state = 'running' RETURNING 1`,
      [accountId, keyHash, claimId, answer.sealed === null ? 'spent' : 'kept', answer.generation, answer.sealed],
    );
    return rows.length === 1;
  }

  /** Nothing was charged: the key is as if it had never been sent. */
  async release(sql: Sql, { accountId, keyHash, claimId }: KeyPlace & { readonly claimId: string }): Promise<void> {
    await sql.query(
      `DELETE FROM idempotent_answers
       WHERE account_id = $1 AND key_hash = $2 AND claim_id = $3 AND state = 'running'`,
      [accountId, keyHash, claimId],
    );
  }

  /** Runs that go on keep their keys. */
  async renew(sql: Sql, claimIds: readonly string[], leaseMs: number): Promise<void> {
    await sql.query(
      `UPDATE idempotent_answers SET lease_until = now() + $2 * interval '1 ms'
       WHERE claim_id = ANY ($1::uuid[]) AND state = 'running'`,
      [`{${claimIds.join(',')}}`, leaseMs],
    );
  }

  /** Deletes the oldest of what nobody may be given any more; returns how many. */
  async deleteOld(sql: Sql, rowsMax: number): Promise<number> {
    const rows = await sql.query(
      `DELETE FROM idempotent_answers WHERE (account_id, key_hash) IN (
         SELECT account_id, key_hash FROM idempotent_answers WHERE kept_until <= now()
         ORDER BY kept_until LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING 1`,
      [rowsMax],
    );
    return rows.length;
  }
}
