import { join } from 'node:path';

import {
  DataFolderLockedError,
  prepareRoles,
  readDatabaseUrl,
  startEmbeddedPostgres,
  type DatabaseSsl,
  type EmbeddedPostgres,
  type RolePasswords,
  type RoleUrls,
} from '@apilink/postgres';
import { ConfigurationError } from '@apilink/service';

export interface DatabaseOptions {
  readonly dataDir: string;
  /** Null = the embedded server. */
  readonly databaseUrl: string | null;
  /** Towards DATABASE_URL. */
  readonly databaseSsl: DatabaseSsl;
  readonly passwords: RolePasswords;
  readonly onProgress: (step: string) => void;
  /** The embedded server ended by itself. */
  readonly onLost: () => void;
}

export interface StandaloneDatabase {
  /** One URL per role. */
  readonly urls: RoleUrls;
  stop(): Promise<void>;
}

/** Starts the embedded Postgres (or takes DATABASE_URL) and makes sure of database, schemas and roles. */
export async function startDatabase(options: DatabaseOptions): Promise<StandaloneDatabase> {
  const { databaseUrl, databaseSsl, passwords } = options;
  if (databaseUrl !== null) {
    const urls = await prepareOwnDatabase(databaseUrl, databaseSsl, passwords);
    return { urls, stop: async () => undefined };
  }
  const server = await startEmbedded(options);
  try {
    options.onProgress('preparing roles and schemas');
    const urls = await prepareRoles({ superuserUrl: server.superuserUrl, passwords });
    return { urls, stop: async () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function startEmbedded({ dataDir, onProgress, onLost }: DatabaseOptions): Promise<EmbeddedPostgres> {
  try {
    return await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), onProgress, onUnexpectedExit: onLost });
  } catch (error) {
    if (!(error instanceof DataFolderLockedError)) throw error;
    throw new ConfigurationError(`APILINK_DATA_DIR: ${error.message}.`, { cause: error });
  }
}

/** What goes wrong here is the operator's to mend, so it names the variable; the password is never told. */
async function prepareOwnDatabase(url: string, ssl: DatabaseSsl, passwords: RolePasswords): Promise<RoleUrls> {
  const database = databaseOf(url);
  try {
    return await prepareRoles({ superuserUrl: url, ssl, passwords, database });
  } catch (error) {
    const { user, host, port } = readDatabaseUrl(url);
    const cause = error instanceof Error ? error.message : String(error);
    const place = `${user}@${host}:${port}`;
    throw new ConfigurationError(`DATABASE_URL names ${place}, which cannot be prepared: ${cause}.`, { cause: error });
  }
}

/** `postgres` is the database that every server has; ours gets its own name then. */
function databaseOf(url: string): string {
  const { database } = readDatabaseUrl(url);
  return database === 'postgres' ? 'apilink' : database;
}
