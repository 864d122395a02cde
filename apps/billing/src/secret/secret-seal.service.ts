import { openBytes, sealBytes, SealBrokenError } from '@apilink/service';

const SEALED = 'sealed:';
const PLAIN = 'plain:';

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
    return SEALED + sealBytes(Buffer.from(secret), key, where).toString('base64url');
  }

  /** Throws SealBrokenError. */
  open(kept: string, where: string): string {
    if (kept.startsWith(PLAIN)) return kept.slice(PLAIN.length);
    const bytes = Buffer.from(kept.slice(SEALED.length), 'base64url');
    let failure: unknown;
    for (const key of this.keys) {
      try {
        return openBytes(bytes, key, where).toString('utf8');
      } catch (error) {
        failure = error;
      }
    }
    throw new SealBrokenError(`the secret of ${where}`, failure);
  }
}
