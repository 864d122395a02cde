import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

/**
 * TLS towards Postgres, as `DATABASE_SSL_MODE`, `DATABASE_SSL_CA_FILE`, `DATABASE_SSL_CERT_FILE` and
 * `DATABASE_SSL_KEY_FILE` tell it. What stands here wins over `sslmode` and its companions in the URL.
 */
export interface DatabaseTls {
  readonly mode?: TlsMode | undefined;
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** libpq's modes: `require` encrypts and checks the chain only when a CA is given; `verify-full` checks the name too. */
export type TlsMode = 'disable' | 'require' | 'verify-ca' | 'verify-full';

/** The part of Node's TLS options that a client of Postgres needs. */
export type TlsOptions = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'checkServerIdentity'>;

export interface ConnectionFacts {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly ssl: TlsOptions | false;
}

/** Reads a `postgres://user:password@host:port/database?sslmode=…` URL. Throws one sentence without the password. */
export function readDatabaseUrl(url: string, tls: DatabaseTls = {}): ConnectionFacts {
  const parsed = URL.parse(url);
  if (parsed === null || !['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    throw new Error('the database URL must look like postgres://user:password@host:5432/database');
  }
  const user = decodeURIComponent(parsed.username);
  return {
    host: parsed.hostname === '' ? '127.0.0.1' : parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? 5432 : Number(parsed.port),
    user,
    password: decodeURIComponent(parsed.password),
    database: decodeURIComponent(parsed.pathname.slice(1)) || user,
    ssl: tlsOptions({
      mode: tls.mode ?? readMode(parsed.searchParams.get('sslmode')),
      caFile: tls.caFile ?? parsed.searchParams.get('sslrootcert') ?? undefined,
      certFile: tls.certFile ?? parsed.searchParams.get('sslcert') ?? undefined,
      keyFile: tls.keyFile ?? parsed.searchParams.get('sslkey') ?? undefined,
    }),
  };
}

/** The same URL for another role or database. */
export function databaseUrl(url: string, changes: { user?: string; password?: string; database?: string }): string {
  const parsed = new URL(url);
  if (changes.user !== undefined) parsed.username = encodeURIComponent(changes.user);
  if (changes.password !== undefined) parsed.password = encodeURIComponent(changes.password);
  if (changes.database !== undefined) parsed.pathname = `/${encodeURIComponent(changes.database)}`;
  return parsed.toString();
}

function readMode(text: string | null): TlsMode {
  switch (text) {
    case null:
    case 'disable':
      return 'disable';
    case 'require':
    case 'verify-ca':
    case 'verify-full':
      return text;
    default:
      throw new Error(`sslmode=${text} is not supported: use disable, require, verify-ca or verify-full`);
  }
}

function tlsOptions(tls: DatabaseTls & { readonly mode: TlsMode }): TlsOptions | false {
  if (tls.mode === 'disable') return false;
  return {
    ...(tls.caFile === undefined ? {} : { ca: readFileSync(tls.caFile) }),
    ...(tls.certFile === undefined ? {} : { cert: readFileSync(tls.certFile) }),
    ...(tls.keyFile === undefined ? {} : { key: readFileSync(tls.keyFile) }),
    rejectUnauthorized: tls.mode !== 'require' || tls.caFile !== undefined,
    ...(tls.mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}
