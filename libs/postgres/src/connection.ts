import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

/**
 * TLS towards Postgres, as the environment tells it: a service's environment can be given as it is. What stands here wins
 * over `sslmode`, `sslrootcert`, `sslcert` and `sslkey` in the URL (libpq's; those name files).
 */
export interface DatabaseSsl {
  readonly DATABASE_SSL_MODE?: SslMode | undefined;
  /** PEM, as the two below. */
  readonly DATABASE_SSL_CA?: string | undefined;
  readonly DATABASE_SSL_CERT?: string | undefined;
  readonly DATABASE_SSL_KEY?: string | undefined;
}

/** libpq's modes: `require` encrypts and checks the chain only when a CA is given; `verify-full` checks the name too. */
export type SslMode = 'disable' | 'require' | 'verify-ca' | 'verify-full';

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
export function readDatabaseUrl(url: string, ssl: DatabaseSsl = {}): ConnectionFacts {
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
    ssl: tlsOptions(ssl.DATABASE_SSL_MODE ?? readMode(parsed.searchParams.get('sslmode')), {
      ca: ssl.DATABASE_SSL_CA ?? fileNamed(parsed.searchParams.get('sslrootcert')),
      cert: ssl.DATABASE_SSL_CERT ?? fileNamed(parsed.searchParams.get('sslcert')),
      key: ssl.DATABASE_SSL_KEY ?? fileNamed(parsed.searchParams.get('sslkey')),
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

function readMode(text: string | null): SslMode {
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

function fileNamed(path: string | null): string | undefined {
  return path === null ? undefined : readFileSync(path, 'utf8');
}

interface Pems {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

function tlsOptions(mode: SslMode, { ca, cert, key }: Pems): TlsOptions | false {
  if (mode === 'disable') return false;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    rejectUnauthorized: mode !== 'require' || ca !== undefined,
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}
