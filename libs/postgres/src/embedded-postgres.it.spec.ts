import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';

import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';
import { processLife } from './process-identity.js';

describe('startEmbeddedPostgres', () => {
  let initialised: string;
  let dataDir: string;
  let running: EmbeddedPostgres | null;

  beforeAll(async () => {
    initialised = mkdtempSync(join(tmpdir(), 'apilink-embedded-first-'));
    const server = await startEmbeddedPostgres({ dataDir: initialised });
    await server.stop();
  });
  afterAll(() => rmSync(initialised, { recursive: true }));
  beforeEach(() => {
    dataDir = `${initialised}-copy`;
    execFileSync('cp', ['-a', initialised, dataDir]);
    running = null;
  });
  afterEach(async () => {
    await running?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function start(onProgress?: (step: string) => void): Promise<EmbeddedPostgres> {
    running = await startEmbeddedPostgres({ dataDir, ...(onProgress === undefined ? {} : { onProgress }) });
    return running;
  }

  it('keeps its data over a restart, commits to the disk, and listens on loopback alone', async () => {
    rmSync(dataDir, { recursive: true });
    const steps: string[] = [];
    const first = await start((step) => steps.push(step));
    await ask(first.superuserUrl, 'CREATE TABLE kept AS SELECT 7 AS n');
    const settings = await ask(
      first.superuserUrl,
      "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'listen_addresses') ORDER BY name",
    );
    expect(settings.map(({ setting }) => setting)).toEqual(['on', '127.0.0.1', 'on']);
    await first.stop();
    expect(processLife(first.pid)).toBeNull();
    const second = await start();
    expect(await ask(second.superuserUrl, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
    expect(steps).toEqual(['creating the database folder', 'starting Postgres']);
  });

  it('keeps its password for its owner alone, and nobody comes in without it', async () => {
    const { superuserUrl } = await start();
    expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, 'owner.json')).mode & 0o777).toBe(0o600);
    const wrong = new URL(superuserUrl);
    wrong.password = 'guess';
    await expect(ask(wrong.toString(), 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  it('has stopped and given the folder back before a process ends that has nothing else to do', async () => {
    const code = await runAlone(`
      const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)} });
      await server.stop();
    `);
    expect(code).toBe(0);
    expect(existsSync(join(dataDir, 'owner.json'))).toBe(false);
    expect(existsSync(join(dataDir, 'cluster', 'postmaster.pid'))).toBe(false);
  });

  it('refuses a folder that another process has, by its number', async () => {
    await start();
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(
      new RegExp(`${dataDir} is in use by process ${process.pid}`),
    );
  });

  it('takes over folder and server of a process that was killed, with everything it had committed', async () => {
    const pid = await runAndKill(dataDir, 'CREATE TABLE survived AS SELECT 1 AS n');
    expect(processLife(pid)).not.toBeNull();
    const steps: string[] = [];
    const next = await start((step) => steps.push(step));
    expect(steps[0]).toBe('stopped the Postgres server of an earlier run');
    expect(processLife(pid)).toBeNull();
    expect(await ask(next.superuserUrl, 'SELECT n FROM survived')).toEqual([{ n: 1 }]);
  });

  it('recovers when the server was killed with its parent', async () => {
    const pid = await runAndKill(dataDir, 'CREATE TABLE survived AS SELECT 2 AS n');
    process.kill(pid, 'SIGKILL');
    const next = await start();
    expect(await ask(next.superuserUrl, 'SELECT n FROM survived')).toEqual([{ n: 2 }]);
  });

  it('is not stopped by a lock file whose process id belongs to another program now', async () => {
    const server = await start();
    const lockFile = join(dataDir, 'cluster', 'postmaster.pid');
    const lines = readFileSync(lockFile, 'utf8').split('\n');
    await server.stop();
    writeFileSync(lockFile, [String(process.pid), ...lines.slice(1)].join('\n'));
    const next = await start();
    expect(await ask(next.superuserUrl, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  it('begins again when the first start was interrupted', async () => {
    rmSync(join(dataDir, 'cluster'), { recursive: true });
    mkdirSync(join(dataDir, 'cluster.new', 'base'), { recursive: true });
    writeFileSync(join(dataDir, 'password'), 'of the interrupted start\n');
    const { superuserUrl } = await start();
    expect(await ask(superuserUrl, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
    expect(existsSync(join(dataDir, 'cluster.new'))).toBe(false);
  });

  it('says in one sentence that the data is of another version of Postgres, and leaves them alone', async () => {
    await (await start()).stop();
    running = null;
    const version = join(dataDir, 'cluster', 'PG_VERSION');
    writeFileSync(version, '15\n');
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(
      /is of Postgres 15 and this version .* Postgres 18/,
    );
    writeFileSync(version, '18\n');
    await start();
  });

  it('says what Postgres said when it cannot start', async () => {
    await expect(startEmbeddedPostgres({ dataDir, settings: { max_connections: 'many' } })).rejects.toThrow(
      /Postgres did not start in .*max_connections/,
    );
    await start();
  });

  it('tells when the server ends without being asked to', async () => {
    const told = await new Promise<number | null>((resolve, reject) => {
      startEmbeddedPostgres({ dataDir, onUnexpectedExit: resolve }).then((server) => {
        running = server;
        return process.kill(server.pid, 'SIGINT');
      }, reject);
    });
    expect(told).toBe(0);
  });
});

async function ask(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Starts a server in a process of its own, runs a statement there, and kills that process. Returns the server's pid. */
async function runAndKill(dataDir: string, statement: string): Promise<number> {
  const pidFile = `${dataDir}/server.pid`;
  await runAlone(`
    const { Client } = await import(${JSON.stringify(import.meta.resolve('pg'))});
    const { writeFileSync } = await import('node:fs');
    const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)} });
    const client = new Client({ connectionString: server.superuserUrl });
    client.on('error', () => undefined);
    await client.connect();
    await client.query(${JSON.stringify(statement)});
    writeFileSync(${JSON.stringify(pidFile)}, String(server.pid));
    process.kill(process.pid, 'SIGKILL');
  `);
  return Number(readFileSync(pidFile, 'utf8'));
}

/** Runs statements in a process of their own; resolves with its exit code, null when it was killed. */
async function runAlone(statements: string): Promise<number | null> {
  const library = JSON.stringify(new URL('./index.js', import.meta.url).href);
  const program = `const { startEmbeddedPostgres } = await import(${library});\n${statements}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
}
