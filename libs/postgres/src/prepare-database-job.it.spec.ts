import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { connectDatabase } from './connect-database.js';
import { databaseUrl } from './connection.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';

const JOB = join(import.meta.dirname, '../../../deploy/jobs/prepare-database.mjs');
const ROLES = ['BILLING', 'ROUTER', 'INVOICING', 'STATUS', 'EDGE'].flatMap((schema) => [
  `${schema}_OWNER`,
  `${schema}_APP`,
]);
const PASSWORD = 'a-password-for-tests-only';

describe('the job prepare-database', () => {
  let folder: string;
  let server: EmbeddedPostgres;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'apilink-job-'));
    server = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), settings: { fsync: 'off' } });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  /** Ends with the exit code; secrets come by file, as orchestrators mount them. */
  const run = (env: Record<string, string>): Promise<{ code: unknown; stderr: string }> => {
    const file = join(folder, 'password');
    writeFileSync(file, `${PASSWORD}\n`);
    const passwords = Object.fromEntries(ROLES.map((role) => [`${role}_PASSWORD_FILE`, file]));
    return new Promise((resolve) => {
      execFile(process.execPath, [JOB], { env: { ...passwords, ...env } }, (error, _stdout, stderr) =>
        resolve({ code: error === null ? 0 : error.code, stderr }),
      );
    });
  };

  it('prepares a database for the services, and changes nothing the second time', async () => {
    for (let time = 0; time < 2; time++) {
      expect(await run({ DATABASE_SUPERUSER_URL: server.superuserUrl })).toEqual({ code: 0, stderr: '' });
    }
    const owner = { user: 'invoicing_owner', password: PASSWORD, database: 'apilink' };
    const url = databaseUrl(server.superuserUrl, owner);
    const database = await connectDatabase({ url, schema: 'invoicing', applicationName: 'spec' });
    await database.query('CREATE TABLE things (n integer)');
    await database.close();
  });

  it('ends with one sentence that names the variable, and never a password', async () => {
    const missing = await run({});
    expect(missing).toEqual({ code: 2, stderr: expect.stringMatching(/^DATABASE_SUPERUSER_URL is required: .*\.\n$/) });
    const away = await run({ DATABASE_SUPERUSER_URL: 'postgres://postgres:canary@127.0.0.1:1/postgres' });
    expect(away.code).toBe(2);
    expect(away.stderr).toMatch(/^DATABASE_SUPERUSER_URL names 127\.0\.0\.1:1, .*ECONNREFUSED.*\.\n$/);
    expect(away.stderr).not.toContain('canary');
  });
});
