import { Client } from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';

import { dataSourceOptions } from './connect-database.js';
import { readDatabaseUrl, type DatabaseSsl } from './connection.js';
import type { Sql } from './database.js';
import { quoteIdentifier } from './identifier.js';

/** A migration of TypeORM; its `name` ends in a 13-digit timestamp, which orders it. */
export type Migration = new () => MigrationInterface;

export interface MigrateOptions {
  /** Of the schema's owner role. */
  readonly url: string;
  readonly schema: string;
  readonly migrations: readonly Migration[];
  readonly ssl?: DatabaseSsl;
}

/** The database has migrations that this program does not know: it was used by a newer release. */
export class SchemaTooNewError extends Error {
  override readonly name = 'SchemaTooNewError';

  constructor(
    readonly schema: string,
    readonly unknownMigrations: readonly string[],
  ) {
    super(
      `the schema "${schema}" was migrated by a newer release of ApiLink (${unknownMigrations.join(', ')}): ` +
        'deploy that release, or restore a backup from before it',
    );
  }
}

/** The database lacks migrations of this program, which may not apply them itself. */
export class SchemaTooOldError extends Error {
  override readonly name = 'SchemaTooOldError';

  constructor(
    readonly schema: string,
    readonly missingMigrations: readonly string[],
  ) {
    super(`the schema "${schema}" lacks migrations of this release (${missingMigrations.join(', ')})`);
  }
}

/**
 * Brings one schema up to date, each migration in its own transaction, noted in `<schema>.migrations`. An advisory lock
 * of the database lets several processes start at once: one migrates, the others wait and find nothing to do.
 * Returns the names of the migrations that this call applied.
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const facts = readDatabaseUrl(options.url, options.ssl);
  const lock = new Client({ ...facts, application_name: `migrate:${options.schema}` });
  // A broken connection shows in the next statement; without a listener it would end the process.
  lock.on('error', () => undefined);
  await lock.connect();
  try {
    await lock.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [`apilink.migrate.${options.schema}`]);
    const query = async <Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> =>
      (await lock.query<Row>(text, [...values])).rows;
    if ((await migrationsMissing({ query }, options)).length === 0) return [];
    const ran = await run(options, facts);
    await protectNotes(lock, options.schema);
    return ran;
  } finally {
    await lock.end();
  }
}

async function run(options: MigrateOptions, facts: ReturnType<typeof readDatabaseUrl>): Promise<readonly string[]> {
  const source = new DataSource({
    ...dataSourceOptions(facts, {
      applicationName: `migrate:${options.schema}`,
      schema: options.schema,
      poolMax: 2,
      statementTimeoutMs: 0,
    }),
    migrations: [...options.migrations],
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
  });
  await source.initialize();
  try {
    const ran = await source.runMigrations();
    return ran.map(({ name }) => name);
  } finally {
    await source.destroy();
  }
}

/**
 * Checks that a schema has the migrations of this release and no others, as any role that may read it. Rejects with
 * `SchemaTooNewError` or `SchemaTooOldError`.
 */
export async function checkSchema(sql: Sql, options: Pick<MigrateOptions, 'schema' | 'migrations'>): Promise<void> {
  const missing = await migrationsMissing(sql, options);
  if (missing.length > 0) throw new SchemaTooOldError(options.schema, missing);
}

async function migrationsMissing(
  sql: Sql,
  { schema, migrations }: Pick<MigrateOptions, 'schema' | 'migrations'>,
): Promise<readonly string[]> {
  const applied = await appliedMigrations(sql, schema);
  const known = migrations.map(migrationName);
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new SchemaTooNewError(schema, unknown);
  return known.filter((name) => !applied.includes(name));
}

async function appliedMigrations(sql: Sql, schema: string): Promise<readonly string[]> {
  const table = `${quoteIdentifier(schema)}.migrations`;
  const [found] = await sql.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [table]);
  if (found?.found !== true) return [];
  const rows = await sql.query<{ name: string }>(`SELECT name FROM ${table} ORDER BY id`);
  return rows.map(({ name }) => name);
}

/** The run-time role reads which migrations are there, and never writes them. */
async function protectNotes(client: Client, schema: string): Promise<void> {
  const role = `${schema}_app`;
  const { rows } = await client.query<{ found: boolean }>('SELECT to_regrole($1) IS NOT NULL AS found', [
    quoteIdentifier(role),
  ]);
  if (rows[0]?.found !== true) return;
  await client.query(
    `REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ${quoteIdentifier(schema)}.migrations FROM ${quoteIdentifier(role)}`,
  );
}

function migrationName(migration: Migration): string {
  return new migration().name ?? migration.name;
}
