import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { QueryRunner } from 'typeorm';

import { databaseUrl, readDatabaseUrl } from './connection.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';
import type { Migration } from './migrate.js';
import { openDatabase, type DatabaseEnvironment } from './open-database.js';
import { distributedSchemaNames, generateRolePasswords, prepareRoles, type RoleUrls } from './roles.js';
import { findPostgresUser } from './unprivileged-user.js';

type DistributedUrls = RoleUrls<(typeof distributedSchemaNames)[number]>;

/** `localhost` for a server on 127.0.0.1 only: the certificate is of that name alone. */
const NAME = 'localhost';

let folder: string;
let server: EmbeddedPostgres;
let urls: DistributedUrls;
let databases = 0;
const passwords = generateRolePasswords(distributedSchemaNames);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'apilink-tls-'));
  chmodSync(folder, 0o711);
  const pki = createCertificates(folder);
  server = await startEmbeddedPostgres({
    dataDir: join(folder, 'data'),
    settings: { fsync: 'off', ssl: 'on', ssl_cert_file: pki.cert, ssl_key_file: pki.key },
  });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  const database = `db${databases++}`;
  const { superuserUrl } = server;
  urls = await prepareRoles({ superuserUrl, passwords, database, schemas: distributedSchemaNames });
});

describe('openDatabase', () => {
  it('migrates as the owner, works as the app, and the second start finds nothing to do', async () => {
    for (let start = 0; start < 2; start++) {
      const database = await open({ DATABASE_OWNER_URL: urls.status_owner }, [CreateThings]);
      expect(await database.query('SELECT * FROM things')).toEqual([]);
      await database.close();
    }
  });

  it('ends the start on the database of a newer release, with and without the right to migrate', async () => {
    const newer = await open({ DATABASE_OWNER_URL: urls.status_owner }, [CreateThings, CreateMore]);
    await newer.close();
    const told =
      'the schema "status" was migrated by a newer release of ApiLink (CreateMore1763800000002): deploy that release, or restore a backup from before it.';
    expect(await refusal({ DATABASE_OWNER_URL: urls.status_owner })).toBe(`DATABASE_OWNER_URL: ${told}`);
    expect(await refusal({})).toBe(`DATABASE_URL: ${told}`);
  });

  it('ends the start on a database that lacks migrations which it may not apply', async () => {
    expect(await refusal({})).toBe(
      'DATABASE_URL: the schema "status" lacks migrations of this release (CreateThings1763800000001): run its migrations first, or set DATABASE_OWNER_URL.',
    );
  });

  it('names the variable and the remedy when nobody answers, and never the password', async () => {
    const away = databaseUrl(urls.status_app, { password: 'canary' }).replace(/:\d+\/db/, ':1/db');
    const told = await refusal({ DATABASE_URL: away });
    expect(told).toBe(
      'DATABASE_URL names 127.0.0.1:1, which does not answer (ECONNREFUSED): start Postgres there, or correct the variable.',
    );
  });

  it.each([
    ['a wrong password', () => databaseUrl(urls.status_app, { password: 'canary' }), /refuses the role status_app/],
    ['a missing database', () => databaseUrl(urls.status_app, { database: 'nowhere' }), /the database nowhere/],
    ['a value that is no URL', () => 'localhost:5432', /has a wrong value/],
  ])('names the variable for %s', async (_name, url, expected) => {
    const told = await refusal({ DATABASE_URL: url() });
    expect(told).toMatch(expected);
    expect(told).toMatch(/^DATABASE_URL /);
    expect(told).not.toContain('canary');
  });
});

describe('TLS towards Postgres', () => {
  it('is used, for migrations too, as DATABASE_SSL_MODE says', async () => {
    const owner = { DATABASE_OWNER_URL: byName(urls.status_owner), DATABASE_URL: byName(urls.status_app) };
    expect(await isEncrypted({ DATABASE_SSL_MODE: 'disable' })).toBe(false);
    expect(await isEncrypted({ DATABASE_SSL_MODE: 'require' })).toBe(true);
    expect(await isEncrypted({ DATABASE_SSL_MODE: 'verify-ca', DATABASE_SSL_CA: ca() })).toBe(true);
    expect(await isEncrypted({ ...owner, DATABASE_SSL_MODE: 'verify-full', DATABASE_SSL_CA: ca() })).toBe(true);
  });

  it.each([
    ['a certificate that nobody vouches for', { DATABASE_SSL_MODE: 'verify-full' }],
    ['a certificate of another name', { DATABASE_SSL_MODE: 'verify-full', DATABASE_SSL_CA: 'ca' }],
  ] as const)('refuses %s, and names the variables', async (_name, environment) => {
    const told = await refusal({
      ...environment,
      ...('DATABASE_SSL_CA' in environment ? { DATABASE_SSL_CA: ca() } : {}),
    });
    expect(told).toContain('with which no TLS connection can be made');
    expect(told).toContain('correct DATABASE_SSL_MODE, DATABASE_SSL_CA');
  });

  it('is not given up for a server without it', async () => {
    const plain = await startEmbeddedPostgres({ dataDir: join(folder, 'plain'), settings: { fsync: 'off' } });
    const told = await refusal({ DATABASE_URL: plain.superuserUrl, DATABASE_SSL_MODE: 'require' });
    await plain.stop();
    expect(told).toContain('The server does not support SSL connections');
  });
});

describe('prepareRoles', () => {
  it('makes no role and no schema that was not asked for', async () => {
    const { database: prepared } = readDatabaseUrl(urls.status_app);
    const superuserUrl = databaseUrl(server.superuserUrl, { database: prepared });
    const database = await openDatabase({
      environment: { DATABASE_URL: superuserUrl, DATABASE_POOL_MAX: 1 },
      schema: 'public',
      migrations: [],
      applicationName: 'spec',
    });
    const rows = await database.query<{ name: string }>(
      "SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema|public)' ORDER BY 1",
    );
    const roles = await database.query("SELECT FROM pg_roles WHERE rolname ~ '^(gate|event_log)_'");
    await database.close();
    expect(rows.map(({ name }) => name)).toEqual(distributedSchemaNames.toSorted());
    expect(roles).toEqual([]);
  });
});

const CreateThings = migration('CreateThings1763800000001', 'CREATE TABLE things (n integer)');
const CreateMore = migration('CreateMore1763800000002', 'CREATE TABLE more (n integer)');

function migration(name: string, text: string): Migration {
  return class {
    readonly name = name;
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(text);
    }
    async down(): Promise<void> {
      throw new Error('no way back');
    }
  };
}

function open(environment: Partial<DatabaseEnvironment>, migrations: readonly Migration[]) {
  return openDatabase({
    environment: { DATABASE_URL: urls.status_app, DATABASE_POOL_MAX: 2, ...environment },
    schema: 'status',
    migrations,
    applicationName: 'spec',
  });
}

/** The name that the certificate is for, instead of the address. */
function byName(url: string): string {
  return url.replace('127.0.0.1', NAME);
}

function ca(): string {
  return readFileSync(join(folder, 'ca.pem'), 'utf8');
}

async function isEncrypted(environment: Partial<DatabaseEnvironment>): Promise<unknown> {
  const database = await open({ DATABASE_OWNER_URL: urls.status_owner, ...environment }, [CreateThings]);
  const [row] = await database.query<{ ssl: boolean }>('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
  await database.close();
  return row?.ssl;
}

async function refusal(environment: Partial<DatabaseEnvironment>): Promise<string> {
  const error: unknown = await open(environment, [CreateThings]).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'ConfigurationError' });
  return error instanceof Error ? error.message : '';
}

/** An authority, and a certificate that it signed for `localhost`, where the server's user can read them. */
function createCertificates(into: string): { cert: string; key: string } {
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', [...args], { cwd: into, stdio: 'ignore' });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-days',
    '2',
    '-subj',
    '/CN=spec authority',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  );
  openssl('req', ...newKey, '-subj', `/CN=${NAME}`, '-keyout', 'server.key', '-out', 'server.csr');
  openssl('x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-days', '2', '-out', 'server.pem');
  const key = join(into, 'server.key');
  chmodSync(key, 0o600);
  findPostgresUser().own(key);
  return { cert: join(into, 'server.pem'), key };
}
