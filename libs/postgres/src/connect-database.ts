import { DataSource, type DataSourceOptions, type Logger, type QueryRunner } from 'typeorm';

import { readDatabaseUrl, type ConnectionFacts, type DatabaseSsl } from './connection.js';
import type { Database, Sql } from './database.js';
import { quoteIdentifier } from './identifier.js';
import { NotificationListener } from './notification-listener.js';
import { openSession, type DatabaseSession } from './session.js';

const POOL_MAX = 10;
const STATEMENT_TIMEOUT_MS = 30_000;
const IDLE_IN_TRANSACTION_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;

/** TypeORM prints to the console on its own; every failure reaches the caller as an error, which is enough. */
const SILENT: Logger = {
  logQuery: () => undefined,
  logQueryError: () => undefined,
  logQuerySlow: () => undefined,
  logSchemaBuild: () => undefined,
  logMigration: () => undefined,
  log: () => undefined,
};

export interface DatabaseOptions {
  readonly url: string;
  /** Seen in `pg_stat_activity` and in Postgres' logs. */
  readonly applicationName: string;
  /** The only schema of the search path: another service's table is never met by accident. */
  readonly schema: string;
  /** Connections at most (10); a further one is made for notifications. */
  readonly poolMax?: number;
  /** Postgres cancels a statement after this long (30 s). */
  readonly statementTimeoutMs?: number;
  readonly ssl?: DatabaseSsl;
  /** Entity classes or schemas, for repositories got from `dataSource`. */
  readonly entities?: DataSourceOptions['entities'];
  /** Told of errors that belong to no statement: an idle connection that broke, a lost listener. */
  readonly onError?: (error: Error) => void;
}

export interface PostgresDatabase extends Database {
  /** For repositories of entities; hot statements go through `query`. */
  readonly dataSource: DataSource;
  /** What it is connected to, to tell people: never the password. */
  readonly address: string;
  /** A connection apart from the pool, for session-level locks; the caller ends it. */
  openSession(purpose: string): Promise<DatabaseSession>;
}

/** Opens a pool and checks it with one connection. Rejects when the database is away or refuses the role. */
export async function connectDatabase(options: DatabaseOptions): Promise<PostgresDatabase> {
  const facts = readDatabaseUrl(options.url, options.ssl);
  let closing = false;
  // Once we close, a server that stops at the same time may end a connection before our goodbye arrives: no news.
  const onError = (error: Error): void => {
    if (!closing) options.onError?.(error);
  };
  const onClose = (): void => {
    closing = true;
  };
  const dataSource = new DataSource(dataSourceOptions(facts, { ...options, onError }));
  await dataSource.initialize();
  const listener = new NotificationListener(facts, options.applicationName, onError);
  return new TypeOrmDatabase(dataSource, listener, facts, { ...options, onError, onClose });
}

export type ConnectionSettings = Omit<DatabaseOptions, 'url' | 'ssl'>;

/** The options of TypeORM for one schema; also used by the migration runner. */
export function dataSourceOptions(facts: ConnectionFacts, options: ConnectionSettings) {
  return {
    type: 'postgres',
    host: facts.host,
    port: facts.port,
    username: facts.user,
    password: facts.password,
    database: facts.database,
    ssl: facts.ssl,
    schema: options.schema,
    applicationName: options.applicationName,
    poolSize: options.poolMax ?? POOL_MAX,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    entities: options.entities ?? [],
    installExtensions: false,
    logger: SILENT,
    poolErrorHandler: options.onError ?? (() => undefined),
    extra: {
      options: `-c search_path=${quoteIdentifier(options.schema)}`,
      statement_timeout: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      keepAlive: true,
    },
  } as const satisfies DataSourceOptions;
}

class TypeOrmDatabase implements PostgresDatabase {
  readonly address: string;

  constructor(
    readonly dataSource: DataSource,
    private readonly listener: NotificationListener,
    private readonly facts: ConnectionFacts,
    private readonly settings: ConnectionSettings & {
      readonly onError: (error: Error) => void;
      readonly onClose: () => void;
    },
  ) {
    this.address = `${facts.user}@${facts.host}:${facts.port}/${facts.database}`;
  }

  async query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const runner = this.dataSource.createQueryRunner();
    try {
      return await rows<Row>(runner, text, values);
    } finally {
      await runner.release();
    }
  }

  async transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.startTransaction();
      const result = await work({ query: (text, values = []) => rows(runner, text, values) });
      await runner.commitTransaction();
      return result;
    } catch (error) {
      // The first error says why; a rollback fails only where the connection is gone, and then Postgres rolls back.
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  }

  listen(channel: string, handle: (payload: string) => void): Promise<() => Promise<void>> {
    return this.listener.listen(channel, handle);
  }

  openSession(purpose: string): Promise<DatabaseSession> {
    const { applicationName, schema, onError } = this.settings;
    return openSession(this.facts, { applicationName: `${applicationName}:${purpose}`, schema, onError });
  }

  async close(): Promise<void> {
    this.settings.onClose();
    await this.listener.close();
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}

/** The structured result: TypeORM's plain one is `[rows, count]` for UPDATE and DELETE, which no caller expects. */
async function rows<Row extends object>(runner: QueryRunner, text: string, values: readonly unknown[]): Promise<Row[]> {
  const { records }: { records: Row[] } = await runner.query(text, [...values], true);
  return records;
}
