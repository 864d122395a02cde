import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { endLeftover } from './process-record.js';

const WATCH = fileURLToPath(new URL('./cluster-watch.js', import.meta.url));

/** Processes of a cluster whose own process was killed: killed too, as whoever switched it off wanted. */
export async function endLeftovers(folder: string): Promise<void> {
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  await Promise.all(folders.map(async ({ name }) => endLeftover(join(folder, name, 'server.json'), 'SIGKILL')));
}

/** Nothing here keeps this process alive; the pipe closes with it. */
export function startWatch(folder: string, isTemporary: boolean): ChildProcess {
  const args = [WATCH, folder, ...(isTemporary ? ['--remove'] : [])];
  const watch = spawn(process.execPath, args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  watch.unref();
  if (watch.stdin instanceof Socket) watch.stdin.unref();
  return watch;
}
