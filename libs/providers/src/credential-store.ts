import { readFileSync, statSync } from 'node:fs';

import type { CredentialReference } from '@apilink/contracts';

/** A secret, or why there is none. The sentence names the variable or the file, never the secret. */
export type CredentialReading = { readonly secret: string } | { readonly problem: string };

/** A file is looked at again after this long, so a rotated secret is in force within it. */
const FILE_CHECK_MS = 1000;
const AWS_KEY_ID = 'ACCESS_KEY_ID';
const FILE_BYTES_MAX = 64 * 1024;

interface FileState {
  readonly mtimeMs: number;
  readonly bytes: number;
  readonly checkedAt: number;
  readonly reading: CredentialReading;
}

/**
 * Reads secrets of credentials from this process' environment or from files. They are kept in private fields alone, so that
 * no log line and no JSON of this object ever shows one.
 */
export class CredentialStore {
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #files = new Map<string, FileState>();
  readonly #now: () => number;

  constructor(environment: Readonly<Record<string, string | undefined>>, now: () => number = Date.now) {
    this.#environment = environment;
    this.#now = now;
  }

  /** A credential without env and file needs no secret: the empty string. The environment goes before the file. */
  read(reference: CredentialReference): CredentialReading {
    const { env, file } = reference;
    if (env !== null) {
      const value = this.#environment[env];
      if (value !== undefined && value.trim() !== '') return this.#withCompanions(env, value);
      if (file === null) return { problem: `the variable ${env} is not set` };
    }
    return file === null ? { secret: '' } : this.#readFile(file);
  }

  /** A key of AWS has two halves and sometimes a session: the variables beside it, named alike. */
  #withCompanions(env: string, value: string): CredentialReading {
    const id = checked(value, `the variable ${env}`);
    if (!env.endsWith(AWS_KEY_ID) || 'problem' in id) return id;
    const prefix = env.slice(0, -AWS_KEY_ID.length);
    const secretName = `${prefix}SECRET_ACCESS_KEY`;
    const secret = checked(this.#environment[secretName] ?? '', `the variable ${secretName}`);
    if ('problem' in secret) return secret;
    const session = this.#environment[`${prefix}SESSION_TOKEN`]?.trim() ?? '';
    return { secret: [id.secret, secret.secret, ...(session === '' ? [] : [session])].join(':') };
  }

  #readFile(file: string): CredentialReading {
    const now = this.#now();
    const known = this.#files.get(file);
    if (known !== undefined && now - known.checkedAt < FILE_CHECK_MS) return known.reading;
    const state = readState(file, known, now);
    this.#files.set(file, state);
    return state.reading;
  }
}

function readState(file: string, known: FileState | undefined, checkedAt: number): FileState {
  try {
    const { mtimeMs, size } = statSync(file);
    if (known !== undefined && known.mtimeMs === mtimeMs && known.bytes === size) return { ...known, checkedAt };
    const reading: CredentialReading =
      size > FILE_BYTES_MAX
        ? { problem: `the file ${file} is larger than ${FILE_BYTES_MAX} bytes` }
        : checked(readFileSync(file, 'utf8'), `the file ${file}`);
    return { mtimeMs, bytes: size, checkedAt, reading };
  } catch {
    return { mtimeMs: -1, bytes: -1, checkedAt, reading: { problem: `the file ${file} cannot be read` } };
  }
}

/** What is not printable ASCII may not stand in a header, and a line break there would be another header. */
function checked(text: string, source: string): CredentialReading {
  const secret = text.trim();
  if (secret === '') return { problem: `${source} is empty` };
  if (secret.startsWith('{')) return keyDocument(secret, source);
  return /^[\x21-\x7e]+$/.test(secret) ? { secret } : { problem: `${source} holds more than one line of plain text` };
}

/** The document of a key, as Google gives it out; on one line, and never in a header. */
function keyDocument(text: string, source: string): CredentialReading {
  try {
    const document: unknown = JSON.parse(text);
    const plain = JSON.stringify(document).replaceAll(/[^\x20-\x7e]/g, (one) => {
      return `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;
    });
    return { secret: plain };
  } catch {
    return { problem: `${source} holds a document that is no JSON` };
  }
}
