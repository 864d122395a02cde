import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { isServerKind } from './server-kind.js';
import { startTestServer } from './start-test-server.js';

/** The process between a test run and one of its servers: it lives as long as its standard input is open. */
const [, , kind, folder] = process.argv;
if (!isServerKind(kind) || folder === undefined) throw new Error('usage: test-server-keeper <kind> <folder>');

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const parentIsGone = new Promise<void>((resolve) => {
  process.stdin.once('end', resolve);
  process.stdin.once('error', resolve);
  process.stdin.resume();
});
try {
  const server = await startTestServer(kind, join(folder, 'data'));
  const state = join(folder, 'server.json');
  writeFileSync(`${state}.new`, JSON.stringify({ keeper: process.pid, address: server.address }), { mode: 0o600 });
  renameSync(`${state}.new`, state);
  process.stdout.write(`${server.address}\n`);
  await parentIsGone;
  await server.stop();
} catch (error) {
  process.stderr.write(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
  // An open standard input would keep it.
  process.stdin.destroy();
}
