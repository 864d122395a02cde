import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { startEmbeddedPostgres } from '@apilink/postgres';

import { freePort } from './free-port.js';
import type { LocalServer, LocalServerOptions } from './local-server.js';
import { noteProcess } from './process-record.js';

export interface PostgresOptions extends LocalServerOptions {
  /** More of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface RunningPostgres extends LocalServer {
  readonly superuserUrl: string;
}

/** Starts the embedded Postgres of libs/postgres on loopback; what it commits is on the disk. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const port = options.port ?? (await freePort());
  const record = join(options.folder, 'server.json');
  let isEnding = false;
  const start = async () => {
    const started = await startEmbeddedPostgres({
      dataDir: options.folder,
      port,
      ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
      ...(options.settings === undefined ? {} : { settings: options.settings }),
      onUnexpectedExit: () => {
        if (!isEnding) options.onUnexpectedExit?.(lastLines(options.folder));
      },
    });
    noteProcess(record, started.pid);
    return started;
  };
  let server = await start();
  const end = async (isKilled: boolean): Promise<void> => {
    isEnding = true;
    if (isKilled) process.kill(server.pid, 'SIGKILL');
    // Waits until it has ended, and gives its folder back.
    await server.stop();
    rmSync(record, { force: true });
  };
  return {
    port,
    superuserUrl: server.superuserUrl,
    get pid() {
      return server.pid;
    },
    stop: async () => end(false),
    kill: async () => end(true),
    restart: async () => {
      await end(false);
      server = await start();
      isEnding = false;
    },
  };
}

function lastLines(folder: string): string {
  return readFileSync(join(folder, 'postgres.log'), 'utf8').trimEnd().split('\n').slice(-5).join(' | ');
}
