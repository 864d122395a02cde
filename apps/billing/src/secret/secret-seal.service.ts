import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SEALED = 'sealed:';
const PLAIN = 'plain:';

/** A sealed secret that none of our keys opens, or one that was moved to another row. */
export class SealBrokenError extends Error {
  override readonly name = 'SealBrokenError';

  constructor(where: string, cause?: unknown) {
    super(`the secret of ${where} cannot be opened: SECRETS_KEY is not one that sealed it`, { cause });
  }
}

/**
 * Keeps secrets unreadable in the tables: AES-256-GCM, bound to the row that they belong to. The first key seals, all of
 * them open, so that a key can be rotated. Without keys secrets stand as they are.
 */
export class SecretSeal {
  constructor(private readonly keys: readonly Buffer[]) {}

  /** `where` names table, column and row; what is sealed for one place opens in no other. */
  seal(secret: string, where: string): string {
    const [key] = this.keys;
    if (key === undefined) return PLAIN + secret;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(where));
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return SEALED + Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** Throws SealBrokenError. */
  open(kept: string, where: string): string {
    if (kept.startsWith(PLAIN)) return kept.slice(PLAIN.length);
    const bytes = Buffer.from(kept.slice(SEALED.length), 'base64url');
    let failure: unknown;
    for (const key of this.keys) {
      try {
        return opened(bytes, key, where);
      } catch (error) {
        failure = error;
      }
    }
    throw new SealBrokenError(where, failure);
  }
}

function opened(bytes: Buffer, key: Buffer, where: string): string {
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(where))
    .setAuthTag(tag);
  return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
}
