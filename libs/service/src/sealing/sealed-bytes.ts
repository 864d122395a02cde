import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What sealing adds to the bytes: nonce and tag. */
export const SEALED_BYTES_MORE = NONCE_BYTES + TAG_BYTES;

/**
 * AES-256-GCM with a new nonce each time: nonce, tag, what was sealed. `where` is bound to it (associated data): what is
 * sealed for one place opens in no other.
 */
export function sealBytes(plain: Buffer, key: Buffer, where: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(where));
  const sealed = [cipher.update(plain), cipher.final()];
  return Buffer.concat([nonce, cipher.getAuthTag(), ...sealed]);
}

/** Throws when another key sealed it, for another place, or a bit was changed. */
export function openBytes(sealed: Buffer, key: Buffer, where: string): Buffer {
  const tag = sealed.subarray(NONCE_BYTES, SEALED_BYTES_MORE);
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(where))
    .setAuthTag(tag);
  return Buffer.concat([decipher.update(sealed.subarray(SEALED_BYTES_MORE)), decipher.final()]);
}
