import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

import { ask } from './ask.js';
import { freePort } from './free-port.js';
import type { LocalServer, LocalServerOptions } from './local-server.js';
import { findRedisProgram } from './redis-program.js';
import { ServerProcess } from './server-process.js';

const START_MS_MAX = 60_000;

export interface RedisOptions extends LocalServerOptions {
  /** Neither append-only file nor `noeviction`: what ApiLink refuses. Default false. */
  readonly unsafe?: boolean;
  /** More of redis.conf: `{ requirepass: 'secret' }`, `{ replicaof: '127.0.0.1 6379' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface RunningRedis extends LocalServer {
  /** `redis://127.0.0.1:<port>`; without a password, even when the settings have one. */
  readonly url: string;
}

/** Starts a Redis on loopback that keeps every answered write over a kill. */
export async function startRedis(options: RedisOptions): Promise<RunningRedis> {
  const folder = resolve(options.folder);
  mkdirSync(folder, { recursive: true });
  const file = await findRedisProgram(options.onProgress ?? (() => undefined));
  const port = options.port ?? (await freePort());
  const server = new ServerProcess({
    name: 'Redis',
    file,
    args: flagsOf({ ...settingsOf(folder, port, options.unsafe === true), ...options.settings }),
    environment: { PATH: process.env['PATH'], LC_ALL: 'C' },
    folder,
    answers: async () => answers(port),
    startMsMax: START_MS_MAX,
    onUnexpectedExit: options.onUnexpectedExit,
  });
  await server.start();
  return Object.assign(server, { url: `redis://127.0.0.1:${port}`, port });
}

function settingsOf(folder: string, port: number, unsafe: boolean): Record<string, string> {
  return {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    daemonize: 'no',
    save: '',
    appendonly: unsafe ? 'no' : 'yes',
    'maxmemory-policy': unsafe ? 'allkeys-lru' : 'noeviction',
  };
}

function flagsOf(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => [
    `--${name}`,
    ...(name === 'save' ? [value] : value.split(' ')),
  ]);
}

/** `LOADING` and `NOAUTH` begin with a minus: the first is not ready yet, the second is. */
async function answers(port: number): Promise<boolean> {
  const answer = (await ask(port, Buffer.from('PING\r\n')))?.toString('latin1') ?? '';
  return answer.startsWith('+PONG') || answer.startsWith('-NOAUTH');
}
