import { hash, hkdfSync } from 'node:crypto';

import { openBytes, sealBytes } from './sealed-bytes.js';

const KEY_ID_BYTES = 4;

/** Sealed bytes that none of our keys opens, or that were moved to another place. */
export class SealBrokenError extends Error {
  override readonly name = 'SealBrokenError';

  constructor(where: string, cause?: unknown) {
    super(`${where} cannot be opened: SECRETS_KEY is not one that sealed it`, { cause });
  }
}

interface RingKey {
  readonly id: Buffer;
  readonly key: Buffer;
}

/**
 * The keys of a service's tables, of SECRETS_KEY: the first one seals, all of them open, so that a key can be rotated.
 * Sealed bytes begin with the id of their key. `purpose` keeps the keys of one use apart from those of every other one
 * that is made of the same variable.
 */
export class KeyRing {
  readonly #keys: readonly RingKey[];

  /** @param keys 32 bytes each, at least one */
  constructor(keys: readonly Buffer[], purpose: string) {
    if (keys.length === 0) throw new Error('a key ring needs a key');
    this.#keys = keys.map((key) => ringKey(derived(key, purpose)));
  }

  seal(plain: Buffer, where: string): Buffer {
    const [first] = this.#keys;
    if (first === undefined) throw new Error('a key ring needs a key');
    return Buffer.concat([first.id, sealBytes(plain, first.key, where)]);
  }

  /** Throws SealBrokenError. */
  open(sealed: Buffer, where: string): Buffer {
    const id = sealed.subarray(0, KEY_ID_BYTES);
    const found = this.#keys.find((key) => key.id.equals(id));
    if (found === undefined) throw new SealBrokenError(where);
    try {
      return openBytes(sealed.subarray(KEY_ID_BYTES), found.key, where);
    } catch (error) {
      throw new SealBrokenError(where, error);
    }
  }
}

function ringKey(key: Buffer): RingKey {
  return { key, id: hash('sha256', Buffer.concat([Buffer.from('key-id/'), key]), 'buffer').subarray(0, KEY_ID_BYTES) };
}

function derived(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `apilink/${purpose}`, 32));
}
