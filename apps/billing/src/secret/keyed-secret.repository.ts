import { randomBytes } from 'node:crypto';

import type { Sql } from '@apilink/postgres';

/** What a key of our own making is for. Its name is never changed: what it hashed would not be known again. */
export type SecretPurpose = 'identities' | 'sandbox-events';

/** Keys of our own making, kept in the schema so that every replica has the same ones. */
export class KeyedSecretRepository {
  /** Makes it when there is none. */
  async findOrCreate(sql: Sql, purpose: SecretPurpose): Promise<string> {
    await sql.query('INSERT INTO keyed_secrets (purpose, secret) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      purpose,
      randomBytes(32).toString('base64url'),
    ]);
    const [row] = await sql.query<{ secret: string }>('SELECT secret FROM keyed_secrets WHERE purpose = $1', [purpose]);
    if (row === undefined) throw new Error(`there is no secret for ${purpose}`);
    return row.secret;
  }
}
