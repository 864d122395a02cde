import type { Sql } from '@apilink/postgres';
import { SealBrokenError, signingKeySchema, type SigningKey } from '@apilink/service';

import type { SecretSeal } from '../secret/secret-seal.service.js';

/** The public half of a key, as it is published. */
export interface PublishedKey {
  readonly kid: string;
  readonly x: string;
  readonly signsFrom: number;
  readonly createdAt: number;
  /** The private half is still there. */
  readonly canSign: boolean;
  /** Its time has not come, by the database's clock. */
  readonly waits: boolean;
}

/** Keys of receipts: public halves stay for ever, private ones until another key signs. */
export class ReceiptKeyRepository {
  constructor(private readonly seal: SecretSeal) {}

  /** Newest first. */
  async list(sql: Sql): Promise<readonly PublishedKey[]> {
    const rows = await sql.query<KeyRow>(
      `SELECT kid, public_jwk->>'x' AS x, signs_from, created_at, private_jwk IS NOT NULL AS can_sign,
         signs_from > now() AS waits
       FROM receipt_keys ORDER BY signs_from DESC, kid`,
    );
    return rows.map((row) => ({
      kid: row.kid,
      x: row.x,
      signsFrom: row.signs_from.getTime(),
      createdAt: row.created_at.getTime(),
      canSign: row.can_sign,
      waits: row.waits,
    }));
  }

  /** The newest key whose time has come; null before the first one, and when SECRETS_KEY does not open it any more. */
  async findSigning(sql: Sql): Promise<SigningKey | null> {
    const [row] = await sql.query<{ kid: string; private_jwk: string }>(
      `SELECT kid, private_jwk FROM receipt_keys WHERE private_jwk IS NOT NULL AND signs_from <= now()
       ORDER BY signs_from DESC, kid LIMIT 1`,
    );
    if (row === undefined) return null;
    try {
      const jwk: unknown = JSON.parse(this.seal.open(row.private_jwk, placeOf(row.kid)));
      return signingKeySchema.parse(jwk);
    } catch (error) {
      if (error instanceof SealBrokenError) return null;
      throw error;
    }
  }

  /** `afterMs`: for how long it is published before it signs. */
  async insert(sql: Sql, key: SigningKey, afterMs: number): Promise<void> {
    const { d: _private, ...published } = key;
    await sql.query(
      `INSERT INTO receipt_keys (kid, public_jwk, private_jwk, signs_from)
       VALUES ($1, $2, $3, now() + $4 * interval '1 millisecond')`,
      [key.kid, JSON.stringify(published), this.seal.seal(JSON.stringify(key), placeOf(key.kid)), afterMs],
    );
  }

  /** Forgets the private halves of keys that sign no more: what is not there cannot be stolen. */
  async forgetRetired(sql: Sql): Promise<void> {
    await sql.query(
      `UPDATE receipt_keys SET private_jwk = NULL WHERE private_jwk IS NOT NULL AND kid NOT IN (
         SELECT kid FROM receipt_keys WHERE private_jwk IS NOT NULL AND signs_from > now()
         UNION ALL (SELECT kid FROM receipt_keys WHERE private_jwk IS NOT NULL AND signs_from <= now()
           ORDER BY signs_from DESC, kid LIMIT 1))`,
    );
  }

  /** Two that make the first key at once make one. */
  async lock(sql: Sql): Promise<void> {
    await sql.query("SELECT pg_advisory_xact_lock(hashtextextended('billing.receipt_keys', 0))");
  }
}

interface KeyRow {
  readonly kid: string;
  readonly x: string;
  readonly signs_from: Date;
  readonly created_at: Date;
  readonly can_sign: boolean;
  readonly waits: boolean;
}

function placeOf(kid: string): string {
  return `receipt_keys.private_jwk/${kid}`;
}
