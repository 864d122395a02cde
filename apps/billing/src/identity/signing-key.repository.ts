import type { Database } from '@apilink/postgres';
import { createSigningKey, signingKeySchema, type SigningKey } from '@apilink/service';

/** Keys published at once: the one that signs, and those whose tokens may still be around after a rotation. */
const KEYS_MAX = 3;

/** The keys that sign access tokens, kept in the schema so that every replica signs with the same one. */
export class SigningKeyRepository {
  constructor(private readonly database: Database) {}

  /** Newest first; makes the first one when there is none. */
  async findOrCreate(): Promise<readonly [SigningKey, ...SigningKey[]]> {
    return this.database.transaction(async (sql) => {
      await sql.query("SELECT pg_advisory_xact_lock(hashtextextended('billing.signing_keys', 0))");
      const rows = await sql.query<{ private_jwk: unknown }>(
        'SELECT private_jwk FROM signing_keys ORDER BY created_at DESC, kid LIMIT $1',
        [KEYS_MAX],
      );
      const [first, ...others] = rows.map((row) => signingKeySchema.parse(row.private_jwk));
      if (first !== undefined) return [first, ...others];
      const created = await createSigningKey();
      await sql.query('INSERT INTO signing_keys (kid, private_jwk) VALUES ($1, $2)', [
        created.kid,
        JSON.stringify(created),
      ]);
      return [created];
    });
  }
}
