import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { lockDataFolder } from './data-folder-lock.js';
import { findEmbeddedBinaries, type EmbeddedBinaries } from './embedded-binaries.js';
import { PostmasterFailedError, startPostmaster, stopLeftover, type RunningPostmaster } from './postmaster.js';
import { findPostgresUser, type PostgresUser } from './unprivileged-user.js';

const START_TRIES = 20;
const RETRY_MS = 250;

/** Few connections with little memory each, but every commit on the disk before it is answered: it keeps money. */
const SETTINGS: Readonly<Record<string, string>> = {
  max_connections: '200',
  shared_buffers: '64MB',
  fsync: 'on',
  synchronous_commit: 'on',
  max_wal_size: '512MB',
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  autovacuum_naptime: '15s',
  log_min_messages: 'warning',
  log_min_error_statement: 'panic',
  log_timezone: 'UTC',
  timezone: 'UTC',
};

export interface EmbeddedPostgresOptions {
  /** Folder of this server alone: the cluster, its password, its log, its lock. Created when missing. */
  readonly dataDir: string;
  /** Default: a free one, chosen anew at each start. */
  readonly port?: number;
  /** Told of each long step in a short sentence. */
  readonly onProgress?: (step: string) => void;
  /** Told when the server ends without `stop`. */
  readonly onUnexpectedExit?: (code: number | null) => void;
  /** Overrides of postgresql.conf, for tests that need no durability. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** On loopback only. */
  readonly port: number;
  readonly superuserUrl: string;
  readonly dataDir: string;
  readonly pid: number;
  /** Fast shutdown; resolves when the server has ended and the folder is free. */
  stop(): Promise<void>;
}

/**
 * Starts the Postgres of the npm package on a data folder, and creates the folder's cluster at the first start. After a
 * kill -9 of the process that owned the folder, the lock and the server that it left running are taken over.
 * Throws `DataFolderLockedError` while another process owns the folder, and one sentence for everything else.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = prepareFolder(options.dataDir);
  const unlock = lockDataFolder(join(dataDir, 'owner.json'), dataDir);
  try {
    return await startLocked({ ...options, dataDir }, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function startLocked(options: EmbeddedPostgresOptions, unlock: () => void): Promise<EmbeddedPostgres> {
  const { dataDir, onProgress = () => undefined } = options;
  const clusterDir = join(dataDir, 'cluster');
  const user = findPostgresUser();
  const binaries = await findEmbeddedBinaries();
  if ((await stopLeftover(clusterDir)) === 'stopped') onProgress('stopped the Postgres server of an earlier run');
  if (existsSync(clusterDir)) {
    checkVersion(binaries, clusterDir);
  } else {
    onProgress('creating the database folder');
    createCluster(binaries, user, dataDir, clusterDir);
  }
  const password = readFileSync(join(dataDir, 'password'), 'utf8').trim();
  onProgress('starting Postgres');
  const { port, postmaster } = await startOnFreePort(binaries, user, options, clusterDir);
  const { pid, exited } = postmaster;
  let isStopping = false;
  const report = (code: number | null) => (isStopping ? undefined : options.onUnexpectedExit?.(code));
  exited.then(report, () => report(null));
  return {
    port,
    pid,
    dataDir,
    superuserUrl: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    stop: async () => {
      isStopping = true;
      await postmaster.stop();
      unlock();
    },
  };
}

/** Open to be entered (the server may run as another user), closed to be listed; secrets in it are 0600. */
function prepareFolder(folder: string): string {
  const path = resolve(folder);
  mkdirSync(path, { recursive: true });
  const real = realpathSync(path);
  chmodSync(real, 0o711);
  return real;
}

/** Builds the cluster beside its place and renames it, so that an interrupted first start leaves nothing half-made. */
function createCluster(binaries: EmbeddedBinaries, user: PostgresUser, dataDir: string, clusterDir: string): void {
  const unfinished = `${clusterDir}.new`;
  const passwordFile = join(dataDir, 'password');
  const handedOver = join(dataDir, 'password.initdb');
  rmSync(unfinished, { recursive: true, force: true });
  const password = `${randomBytes(32).toString('base64url')}\n`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  mkdirSync(unfinished, { mode: 0o700 });
  user.own(unfinished);
  writeFileSync(handedOver, password, { mode: 0o600 });
  user.own(handedOver);
  const flags = ['--username=postgres', `--pwfile=${handedOver}`, '--auth=scram-sha-256', '--encoding=UTF8'];
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions'];
  const command = user.command(binaries.initdb, [`--pgdata=${unfinished}`, ...flags, ...locale], [handedOver]);
  try {
    const { status, stderr, error } = spawnSync(command.file, [...command.args], {
      ...command.ids,
      cwd: '/',
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    });
    if (status !== 0) {
      throw new Error(`the database folder could not be created: ${(error?.message ?? stderr).trim()}`);
    }
  } finally {
    rmSync(handedOver, { force: true });
  }
  renameSync(unfinished, clusterDir);
}

/** A cluster is of one major version for ever; another one's server would refuse it with words for database people. */
function checkVersion(binaries: EmbeddedBinaries, clusterDir: string): void {
  const found = readFileSync(join(clusterDir, 'PG_VERSION'), 'utf8').trim();
  const told = execFileSync(binaries.postgres, ['--version'], { encoding: 'utf8' });
  const expected = /\) (\d+)/.exec(told)?.[1] ?? '';
  if (found !== expected) {
    throw new Error(
      `the data in ${clusterDir} is of Postgres ${found} and this version of ApiLink brings Postgres ${expected}: start the version that wrote it, or choose another data folder`,
    );
  }
}

async function startOnFreePort(
  binaries: EmbeddedBinaries,
  user: PostgresUser,
  options: EmbeddedPostgresOptions,
  clusterDir: string,
): Promise<{ port: number; postmaster: RunningPostmaster }> {
  const settings = { ...SETTINGS, ...options.settings };
  const logFile = join(options.dataDir, 'postgres.log');
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const flags = Object.entries({
      ...settings,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      port: String(port),
    }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const command = user.command(binaries.postgres, ['-D', clusterDir, ...flags], [join(clusterDir, 'PG_VERSION')]);
    try {
      return { port, postmaster: await startPostmaster(command, clusterDir, logFile) };
    } catch (error) {
      if (!(error instanceof PostmasterFailedError) || attempt === START_TRIES || !passesSoon(error.message)) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`Postgres did not start in ${options.dataDir}: ${reason}`, { cause: error });
      }
      await sleep(RETRY_MS);
    }
  }
}

/** Another program took the port first, or workers of a killed server are about to notice that it is gone. */
function passesSoon(message: string): boolean {
  return /Address already in use|could not bind|pre-existing shared memory|could not create any TCP/i.test(message);
}

function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolvePort(address.port);
        else reject(new Error('the system gave no free port'));
      });
    });
  });
}
