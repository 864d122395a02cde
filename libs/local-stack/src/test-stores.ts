import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { addressVariables, type ServerKind } from './server-kind.js';

const KEEPER = fileURLToPath(new URL('./test-server-keeper.js', import.meta.url));

/**
 * A Redis for tests: that of `TEST_REDIS_URL` or `REDIS_URL`, else one in Docker or of this machine, which is started once
 * per process of Jest and ends with it. Suites keep apart by a prefix of their keys.
 */
export async function testRedis(): Promise<{ readonly url: string }> {
  return { url: await addressOf('redis') };
}

/** A Kafka for tests: `TEST_KAFKA_BROKERS`, `KAFKA_BROKERS`, else as `testRedis`. Suites keep apart by a prefix of their topics. */
export async function testKafka(): Promise<{ readonly brokers: string }> {
  return { brokers: await addressOf('kafka') };
}

const starting = new Map<ServerKind, Promise<string>>();

function addressOf(kind: ServerKind): Promise<string> {
  const given = addressVariables[kind]
    .map((name) => process.env[name])
    .find((value) => value !== undefined && value !== '');
  if (given !== undefined) return Promise.resolve(given);
  const known = starting.get(kind) ?? findOrStart(kind);
  starting.set(kind, known);
  return known;
}

/** Jest loads this module anew for each file, so the running server is found again by a file named for the process. */
async function findOrStart(kind: ServerKind): Promise<string> {
  const folder = join(tmpdir(), `apilink-test-${kind}-${process.pid}`);
  const running = readRunning(join(folder, 'server.json'));
  if (running !== null) return running;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o711 });
  return startKeeper(kind, folder);
}

function readRunning(file: string): string | null {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value !== 'object' || value === null || !('keeper' in value) || !('address' in value)) return null;
    if (typeof value.keeper !== 'number' || typeof value.address !== 'string') return null;
    process.kill(value.keeper, 0);
    return value.address;
  } catch {
    return null;
  }
}

/**
 * The keeper stops the server and removes its folder when the pipe to this process closes, so that nothing is left
 * behind even when a run is killed. Nothing here keeps the process alive.
 */
function startKeeper(kind: ServerKind, folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const keeper = spawn(process.execPath, [KEEPER, kind, folder], { detached: true, stdio: 'pipe' });
    const told: Buffer[] = [];
    keeper.stderr.on('data', (chunk: Buffer) => told.push(chunk));
    keeper.once('error', reject);
    keeper.once('exit', () => reject(new Error(Buffer.concat(told).toString() || `no ${kind} for the tests`)));
    keeper.stdout.once('data', (chunk: Buffer) => {
      keeper.removeAllListeners('exit');
      keeper.unref();
      for (const pipe of [keeper.stdin, keeper.stdout, keeper.stderr]) if (pipe instanceof Socket) pipe.unref();
      resolve(chunk.toString().trim());
    });
  });
}
