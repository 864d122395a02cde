import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const KEEPER = fileURLToPath(new URL('./test-server-keeper.js', import.meta.url));

let starting: Promise<string> | null = null;

/**
 * The superuser's URL of a Postgres without durability that belongs to this process. Jest loads this module anew for
 * each file, so the running server is found again by a file named for the process.
 */
export function testServerUrl(): Promise<string> {
  starting ??= findOrStart();
  return starting;
}

async function findOrStart(): Promise<string> {
  const folder = join(tmpdir(), `apilink-test-postgres-${process.pid}`);
  const running = readRunning(join(folder, 'server.json'));
  if (running !== null) return running;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o711 });
  return startKeeper(folder);
}

function readRunning(file: string): string | null {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('superuserUrl' in value)) return null;
    if (typeof value.pid !== 'number' || typeof value.superuserUrl !== 'string') return null;
    process.kill(value.pid, 0);
    return value.superuserUrl;
  } catch {
    return null;
  }
}

/**
 * The keeper stops the server and removes its folder when the pipe to this process closes, so that nothing is left
 * behind even when a run is killed. Nothing here keeps the process alive.
 */
function startKeeper(folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const keeper = spawn(process.execPath, [KEEPER, folder], { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const told: Buffer[] = [];
    keeper.stderr.on('data', (chunk: Buffer) => told.push(chunk));
    keeper.once('error', reject);
    keeper.once('exit', () => reject(new Error(`no Postgres for the tests: ${Buffer.concat(told).toString()}`)));
    keeper.stdout.once('data', (chunk: Buffer) => {
      keeper.removeAllListeners('exit');
      keeper.unref();
      for (const pipe of [keeper.stdin, keeper.stdout, keeper.stderr]) if (pipe instanceof Socket) pipe.unref();
      resolve(chunk.toString().trim());
    });
  });
}
