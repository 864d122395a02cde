import { hash, randomBytes } from 'node:crypto';

/** `sk-al-v1-`, 40 random base62 characters (238 bits), 6 base62 characters of checksum. */
export const API_KEY_PREFIX = 'sk-al-v1-';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_LENGTH = 40;
const CHECKSUM_LENGTH = 6;
const API_KEY = /^sk-al-v1-([0-9A-Za-z]{40})([0-9A-Za-z]{6})$/;
/** The greatest multiple of 62 in a byte: bytes from there on are thrown away, else low characters come more often. */
const UNBIASED_BELOW = 248;

export interface NewApiKey {
  /** Shown once, never stored. */
  readonly apiKey: string;
  /** SHA-256 of the whole key, lower-case hex: what is stored. */
  readonly keyHash: string;
  /** Enough to recognise a key by: `sk-al-v1-AbCd…`, and the last four characters. */
  readonly hint: string;
}

/** A new key from the system's random source (or the given one, in tests). */
export function createApiKey(random: (bytes: number) => Uint8Array = randomBytes): NewApiKey {
  let secret = '';
  while (secret.length < SECRET_LENGTH) {
    for (const byte of random(64)) {
      if (byte < UNBIASED_BELOW && secret.length < SECRET_LENGTH) secret += ALPHABET.charAt(byte % 62);
    }
  }
  const apiKey = API_KEY_PREFIX + secret + checksum(secret);
  return { apiKey, keyHash: hashApiKey(apiKey), hint: `${API_KEY_PREFIX}${secret.slice(0, 4)}…${apiKey.slice(-4)}` };
}

/** Whether a text can be a key at all. A typing error or a scanner's guess costs no look-up. */
export function checkApiKey(text: string): 'ok' | 'malformed' {
  const [, secret, sum] = API_KEY.exec(text) ?? [];
  if (secret === undefined) return 'malformed';
  return checksum(secret) === sum ? 'ok' : 'malformed';
}

export function hashApiKey(apiKey: string): string {
  return hash('sha256', apiKey, 'hex');
}

/** The first 48 bits of the SHA-256 of prefix and secret, modulo 62^6, in base62. */
function checksum(secret: string): string {
  let value = Number.parseInt(hash('sha256', API_KEY_PREFIX + secret, 'hex').slice(0, 12), 16);
  let text = '';
  for (let index = 0; index < CHECKSUM_LENGTH; index++) {
    text = ALPHABET.charAt(value % 62) + text;
    value = Math.floor(value / 62);
  }
  return text;
}
