import { connectDatabase, type DatabaseOptions, type PostgresDatabase } from './connect-database.js';
import { readDatabaseUrl, type DatabaseSsl } from './connection.js';
import { sqlState } from './database-errors.js';
import { errorProperty } from './error-code.js';
import { checkSchema, migrate, SchemaTooNewError, SchemaTooOldError, type Migration } from './migrate.js';

/** The variables of a service that has a schema, by the names that they have in the environment. */
export interface DatabaseEnvironment extends DatabaseSsl {
  /** As `<schema>_app`. */
  readonly DATABASE_URL: string;
  /** As `<schema>_owner`: the schema is migrated. Without it, it has to be up to date. */
  readonly DATABASE_OWNER_URL?: string | undefined;
  readonly DATABASE_POOL_MAX: number;
}

export interface OpenDatabaseOptions extends Pick<
  DatabaseOptions,
  'applicationName' | 'schema' | 'onError' | 'entities'
> {
  readonly environment: DatabaseEnvironment;
  readonly migrations: readonly Migration[];
}

/** What is wrong with the database that a variable names: one sentence with the variable and the remedy. */
export class DatabaseConfigurationError extends Error {
  /** By this name the start of a service knows it (libs/service). */
  override readonly name = 'ConfigurationError';
}

/**
 * Opens a service's own database: migrates its schema with DATABASE_OWNER_URL, else checks that it is the one that this
 * release knows, and connects. Rejects with `DatabaseConfigurationError` for whatever an operator can mend.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<PostgresDatabase> {
  const { environment, migrations, schema, ...settings } = options;
  const { DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl, DATABASE_POOL_MAX: poolMax } = environment;
  if (ownerUrl !== undefined) {
    await told('DATABASE_OWNER_URL', ownerUrl, () => migrate({ url: ownerUrl, schema, migrations, ssl: environment }));
  }
  return told('DATABASE_URL', url, async () => {
    const database = await connectDatabase({ ...settings, url, schema, poolMax, ssl: environment });
    try {
      if (ownerUrl === undefined) await checkSchema(database, { schema, migrations });
      return database;
    } catch (error) {
      await database.close();
      throw error;
    }
  });
}

async function told<Result>(variable: string, url: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const problem = sentence(error, variable, url);
    throw problem === null ? error : new DatabaseConfigurationError(problem, { cause: error });
  }
}

/** Null for what no operator can mend by a variable. */
function sentence(error: unknown, variable: string, url: string): string | null {
  const reason = messageOf(error);
  if (error instanceof SchemaTooNewError) return `${variable}: ${reason}.`;
  if (error instanceof SchemaTooOldError) {
    return `${variable}: ${reason}: run its migrations first, or set DATABASE_OWNER_URL.`;
  }
  const place = placeOf(url);
  if (place === null) return `${variable} has a wrong value: ${reason}.`;
  const { user, address, database } = place;
  switch (sqlState(error)) {
    case '28P01':
    case '28000':
      return `${variable} names ${address}, which refuses the role ${user} (${reason}): correct user, password or DATABASE_SSL_MODE.`;
    case '3D000':
      return `${variable} names the database ${database}, which ${address} does not have: create it with its roles first.`;
    case '42501':
      return `${variable} names the role ${user}, which lacks a permission (${reason}): prepare roles and schemas first.`;
    case null:
      return unreachable(error, `${variable} names ${address}`, reason);
    default:
      return null;
  }
}

const TLS_REASON = /ssl|tls|certificate|self[- ]signed|altname|unable to (?:verify|get)/i;
const TLS_CODES = /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;
const AWAY_REASON = /ECONN|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|timeout|terminated/;

function unreachable(error: unknown, subject: string, reason: string): string | null {
  const given = errorProperty(error, 'code');
  const code = typeof given === 'string' ? given : '';
  if (TLS_CODES.test(code) || TLS_REASON.test(reason)) {
    return `${subject}, with which no TLS connection can be made (${reason}): correct DATABASE_SSL_MODE, DATABASE_SSL_CA, DATABASE_SSL_CERT and DATABASE_SSL_KEY.`;
  }
  if (!AWAY_REASON.test(`${code} ${reason}`)) return null;
  return `${subject}, which does not answer (${code === '' ? reason : code}): start Postgres there, or correct the variable.`;
}

/** An error of Node's own modules may be of another realm. */
function messageOf(error: unknown): string {
  const message = errorProperty(error, 'message');
  return typeof message === 'string' ? message : 'no reason was given';
}

/** Null when the URL itself is wrong. */
function placeOf(url: string): { user: string; address: string; database: string } | null {
  try {
    const { user, host, port, database } = readDatabaseUrl(url);
    return { user, address: `${host}:${port}`, database };
  } catch {
    return null;
  }
}
