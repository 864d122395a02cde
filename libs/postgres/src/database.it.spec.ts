import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { QueryRunner } from 'typeorm';

import { connectDatabase, type PostgresDatabase } from './connect-database.js';
import { isTransientDatabaseError, sqlState, violatedConstraint } from './database-errors.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';
import { migrate, SchemaTooNewError, type Migration } from './migrate.js';
import { generateRolePasswords, prepareRoles, type RoleUrls } from './roles.js';

let folder: string;
let server: EmbeddedPostgres;
let urls: RoleUrls;
let databases = 0;
const passwords = generateRolePasswords();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'apilink-database-'));
  server = await startEmbeddedPostgres({ dataDir: folder, settings: { fsync: 'off' } });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  urls = await prepareRoles({ superuserUrl: server.superuserUrl, passwords, database: `db${databases++}` });
});

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

const CreateThings = migration(
  'CreateThings1763800000001',
  'CREATE TABLE things (id bigint CONSTRAINT things_pkey PRIMARY KEY, n integer NOT NULL)',
);
const CreateLedger = migration(
  'CreateLedger1763800000002',
  'CREATE TABLE ledger (n integer); REVOKE UPDATE, DELETE ON ledger FROM billing_app',
);
const Broken = migration('Broken1763800000003', 'CREATE TABLE half (n integer); SELECT 1 / 0');

describe('connectDatabase', () => {
  let database: PostgresDatabase;

  beforeEach(async () => {
    await migrate({ url: urls.billing_owner, schema: 'billing', migrations: [CreateThings] });
    database = await connect();
  });
  afterEach(() => database.close());

  it('gives the rows of every statement as they are', async () => {
    expect(await database.query('INSERT INTO things VALUES ($1, $2) RETURNING id', [2n ** 60n, 1])).toEqual([
      { id: '1152921504606846976' },
    ]);
    expect(await database.query('UPDATE things SET n = n + 1 RETURNING n')).toEqual([{ n: 2 }]);
    expect(await database.query('DELETE FROM things RETURNING n')).toEqual([{ n: 2 }]);
    expect(await database.query('DELETE FROM things')).toEqual([]);
  });

  it('commits a transaction that resolves, and leaves nothing of one that rejects', async () => {
    const result = await database.transaction(async (sql) => {
      await sql.query('INSERT INTO things VALUES (1, 1)');
      return 'done';
    });
    expect(result).toBe('done');
    await expect(
      database.transaction(async (sql) => {
        await sql.query('INSERT INTO things VALUES (2, 2)');
        throw new Error('the caller gave up');
      }),
    ).rejects.toThrow('the caller gave up');
    expect(await database.query('SELECT id FROM things')).toEqual([{ id: '1' }]);
  });

  it('tells which constraint refused, and that trying again will not help', async () => {
    await database.query('INSERT INTO things VALUES (1, 1)');
    const error: unknown = await database.query('INSERT INTO things VALUES (1, 1)').catch((reason: unknown) => reason);
    expect([sqlState(error), violatedConstraint(error), isTransientDatabaseError(error)]).toEqual([
      '23505',
      'things_pkey',
      false,
    ]);
  });

  it('ends a statement that takes too long, and the connection works on', async () => {
    const hasty = await connect({ statementTimeoutMs: 50, poolMax: 1 });
    const error: unknown = await hasty.query('SELECT pg_sleep(5)').catch((reason: unknown) => reason);
    expect([sqlState(error), isTransientDatabaseError(error)]).toEqual(['57014', true]);
    expect(await hasty.query('SELECT 1 AS n')).toEqual([{ n: 1 }]);
    await hasty.close();
  });

  it('opens no more connections than it may', async () => {
    const small = await connect({ poolMax: 2, applicationName: 'small' });
    await Promise.all(Array.from({ length: 20 }, () => small.query('SELECT pg_sleep(0.01)')));
    const [row] = await small.query<{ n: string }>(
      "SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = 'small'",
    );
    expect(Number(row?.n)).toBe(2);
    await small.close();
  });

  it('works on after its connections were cut, and calls the loss transient', async () => {
    const cut = await connect({ applicationName: 'cut' });
    const running = cut.transaction((sql) => sql.query('SELECT pg_sleep(30)')).catch((reason: unknown) => reason);
    await terminate('cut');
    expect(isTransientDatabaseError(await running)).toBe(true);
    expect(await cut.query('SELECT 1 AS n')).toEqual([{ n: 1 }]);
    await cut.close();
  });

  it('hears notifications again after its listener was cut, and is woken once for what it missed', async () => {
    const heard: string[] = [];
    const calls = new EventEmitter();
    const next = () => once(calls, 'heard');
    const deaf = await connect({ applicationName: 'ears' });
    const unlisten = await deaf.listen('news', (payload) => {
      heard.push(payload);
      calls.emit('heard');
    });
    let come = next();
    await database.query("NOTIFY news, 'one'");
    await come;
    come = next();
    await terminate('ears:listen');
    await come;
    come = next();
    await database.query("NOTIFY news, 'two'");
    await come;
    await unlisten();
    await database.query("NOTIFY news, 'three'");
    await deaf.close();
    expect(heard).toEqual(['one', '', 'two']);
  });

  it('frees the locks of a session as soon as that ends', async () => {
    const lock = 'SELECT pg_try_advisory_lock(7) AS taken';
    const [one, two] = [await database.openSession('a'), await database.openSession('b')];
    expect(await one.query(lock)).toEqual([{ taken: true }]);
    expect(await two.query(lock)).toEqual([{ taken: false }]);
    await one.end();
    expect(one.isOpen).toBe(false);
    await two.query('SELECT pg_advisory_lock(7)');
    await two.end();
  });
});

describe('migrate', () => {
  it('lets several processes start at once: one migrates, nobody fails', async () => {
    const results = await Promise.all([1, 2, 3, 4].map(() => migrate(ofBilling([CreateThings, CreateLedger]))));
    expect(results.filter((applied) => applied.length > 0)).toEqual([
      ['CreateThings1763800000001', 'CreateLedger1763800000002'],
    ]);
  });

  it('keeps what went before a migration that fails, and nothing of that one', async () => {
    await expect(migrate(ofBilling([CreateThings, Broken]))).rejects.toThrow('division by zero');
    const owner = await connectDatabase({ url: urls.billing_owner, schema: 'billing', applicationName: 'spec' });
    expect(await owner.query("SELECT to_regclass('things') AS things, to_regclass('half') AS half")).toEqual([
      { things: 'things', half: null },
    ]);
    await owner.close();
    expect(await migrate(ofBilling([CreateThings, CreateLedger]))).toEqual(['CreateLedger1763800000002']);
  });

  it('refuses a database of a newer version in one sentence, and changes nothing', async () => {
    await migrate(ofBilling([CreateThings, CreateLedger]));
    const refusal: unknown = await migrate(ofBilling([CreateThings])).catch((reason: unknown) => reason);
    expect(refusal).toBeInstanceOf(SchemaTooNewError);
    expect(String(refusal)).toContain(
      'the schema "billing" was migrated by a newer release of ApiLink (CreateLedger1763800000002)',
    );
  });
});

describe('prepareRoles', () => {
  const all = [CreateThings, CreateLedger];

  it('lets an app use its tables, and only as far as a migration allows', async () => {
    await migrate({ url: urls.billing_owner, schema: 'billing', migrations: all });
    const app = await connectDatabase({ url: urls.billing_app, schema: 'billing', applicationName: 'spec' });
    await app.query('INSERT INTO things VALUES (1, 1)');
    await app.query('UPDATE things SET n = 2');
    await app.query('INSERT INTO ledger VALUES (1)');
    for (const text of [
      'UPDATE ledger SET n = 2',
      'DELETE FROM ledger',
      'TRUNCATE ledger',
      'CREATE TABLE mine (n integer)',
      "INSERT INTO migrations (timestamp, name) VALUES (1, 'x')",
    ]) {
      await expect(app.query(text)).rejects.toThrow('permission denied');
    }
    await app.close();
  });

  it('keeps other services out of a schema', async () => {
    await migrate({ url: urls.billing_owner, schema: 'billing', migrations: all });
    for (const url of [urls.router_app, urls.edge_app, urls.gate_owner]) {
      const other = await connectDatabase({ url, schema: 'billing', applicationName: 'spec' });
      await expect(other.query('SELECT * FROM billing.things')).rejects.toThrow('permission denied');
      await other.close();
    }
  });

  it('changes nothing the second time, and takes new passwords', async () => {
    await migrate({ url: urls.billing_owner, schema: 'billing', migrations: all });
    const database = new URL(urls.billing_app).pathname.slice(1);
    const again = await prepareRoles({ superuserUrl: server.superuserUrl, passwords, database });
    expect(again).toEqual(urls);
    const renewed = { ...passwords, billing_app: 'renewed' };
    const changed = await prepareRoles({ superuserUrl: server.superuserUrl, passwords: renewed, database });
    const app = await connectDatabase({ url: changed.billing_app, schema: 'billing', applicationName: 'spec' });
    expect(await app.query('SELECT * FROM things')).toEqual([]);
    await app.close();
    await prepareRoles({ superuserUrl: server.superuserUrl, passwords, database });
  });
});

function connect(options: { statementTimeoutMs?: number; poolMax?: number; applicationName?: string } = {}) {
  return connectDatabase({ url: urls.billing_app, schema: 'billing', applicationName: 'spec', ...options });
}

function ofBilling(migrations: readonly Migration[]) {
  return { url: urls.billing_owner, schema: 'billing', migrations };
}

/** Tries until the connection is seen: it may be under way still. */
async function terminate(applicationName: string): Promise<void> {
  const killer = await connectDatabase({ url: server.superuserUrl, schema: 'public', applicationName: 'killer' });
  const text = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = $1 AND (state = 'active' OR query LIKE 'LISTEN%')`;
  while ((await killer.query(text, [applicationName])).length === 0);
  await killer.close();
}
