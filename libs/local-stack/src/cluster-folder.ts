import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { generateRolePasswords, lockDataFolder, type RolePasswords } from '@apilink/postgres';

/** What the processes of one cluster know of each other; made at the first start, kept for ever. */
export interface ClusterSecrets {
  readonly serviceToken: string;
  readonly operatorToken: string;
  /** Seals what edges keep for clients. */
  readonly edgeSecretsKey: string;
  readonly rolePasswords: RolePasswords;
}

/** What scripts may rely on: rewritten at every start, when everything is ready. As that of `npm start`. */
export interface ClusterQuickstart {
  /** Of the first edge. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly accountId: string;
  readonly consoleUrl: string | null;
  readonly statusUrl: string | null;
  readonly operatorToken: string;
  /** The URL of each process by its name, and of its probes and metrics by its name with `-admin`. */
  readonly services: Readonly<Record<string, string>>;
}

export interface FirstKey {
  readonly accountId: string;
  readonly apiKey: string;
}

/** The data folder that this process owns until `release`; one that another process owns is an error that names it. */
export class ClusterFolder {
  readonly path: string;
  readonly logs: string;
  readonly #unlock: () => void;

  constructor(path: string) {
    this.path = resolve(path);
    this.logs = join(this.path, 'logs');
    mkdirSync(this.logs, { recursive: true });
    // Open to be entered (Postgres may run as another user), closed to be listed; files in it are 0600.
    chmodSync(this.path, 0o711);
    this.#unlock = lockDataFolder(join(this.path, 'owner.json'), this.path);
  }

  release(): void {
    this.#unlock();
  }

  readSecrets(): ClusterSecrets {
    const file = join(this.path, 'secrets.json');
    const known = readJson(file, isSecrets);
    // A folder of an earlier release has none for what edges keep.
    if (known !== null && 'edgeSecretsKey' in known) return known;
    const secrets: ClusterSecrets = {
      serviceToken: token(),
      operatorToken: token(),
      rolePasswords: generateRolePasswords(),
      ...known,
      edgeSecretsKey: token(),
    };
    writePrivate(file, secrets);
    return secrets;
  }

  /** The account and the key of the first start. The key's secret is told once, so it is kept here. */
  readFirstKey(): FirstKey | null {
    return readJson(join(this.path, 'first-key.json'), isFirstKey);
  }

  writeFirstKey(key: FirstKey): void {
    writePrivate(join(this.path, 'first-key.json'), key);
  }

  writeQuickstart(quickstart: ClusterQuickstart): void {
    writePrivate(join(this.path, 'quickstart.json'), quickstart);
  }
}

function token(): string {
  return randomBytes(32).toString('base64url');
}

/** For its owner alone, replaced whole: a crash leaves the old one or the new one. */
function writePrivate(file: string, content: object): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}

/** Null when there is none, or when it is not what we wrote. */
function readJson<Content>(file: string, isContent: (value: unknown) => value is Content): Content | null {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isContent(value) ? value : null;
  } catch {
    return null;
  }
}

function isSecrets(value: unknown): value is ClusterSecrets | Omit<ClusterSecrets, 'edgeSecretsKey'> {
  return (
    hasTexts(value, ['serviceToken', 'operatorToken']) && 'rolePasswords' in value && isObject(value.rolePasswords)
  );
}

function isFirstKey(value: unknown): value is FirstKey {
  return hasTexts(value, ['accountId', 'apiKey']);
}

function hasTexts(value: unknown, names: readonly string[]): value is object {
  return isObject(value) && names.every((name) => typeof Reflect.get(value, name) === 'string');
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
