import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { startEmbeddedPostgres } from '@apilink/postgres';

/** The process between a test run and its Postgres: it lives as long as its standard input is open. */
const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: test-server-keeper <folder>');

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const server = await startEmbeddedPostgres({
  dataDir: join(folder, 'data'),
  settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
});
const state = join(folder, 'server.json');
writeFileSync(`${state}.new`, JSON.stringify({ pid: process.pid, superuserUrl: server.superuserUrl }), { mode: 0o600 });
renameSync(`${state}.new`, state);
process.stdout.write(`${server.superuserUrl}\n`);

await new Promise((resolve) => {
  process.stdin.once('end', resolve);
  process.stdin.once('error', resolve);
  process.stdin.resume();
});
await server.stop();
rmSync(folder, { recursive: true, force: true });
