import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { readRecord, recordedProcess } from './process-record.js';

/**
 * Stands beside the process that runs a cluster. When that is gone, however it ended, the processes that it left behind
 * are killed: they would keep ports and memory. With `--remove` the folder goes too.
 */
const [, , folder, mode] = process.argv;
if (folder === undefined) throw new Error('usage: cluster-watch <folder> [--remove]');

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

await new Promise<void>((resolve) => {
  process.stdin.once('end', resolve);
  process.stdin.once('error', resolve);
  process.stdin.resume();
});
// The next start may have taken the folder over already: then what runs there is its own.
const owner = readRecord(join(folder, 'owner.json'));
if (owner === null || owner.pid === process.ppid || recordedProcess(join(folder, 'owner.json')) === null) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const left = entry.isDirectory() ? recordedProcess(join(folder, entry.name, 'server.json')) : null;
    if (left !== null) process.kill(left.pid, 'SIGKILL');
  }
  if (mode === '--remove') rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
