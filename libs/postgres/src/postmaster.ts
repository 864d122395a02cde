import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { isAlive, isPostmasterOf } from './process-identity.js';
import type { Command } from './unprivileged-user.js';

const POLL_MS = 25;
const FAST_STOP_MS = 20_000;
const IMMEDIATE_STOP_MS = 10_000;
/** Recovery after a crash reads the whole WAL since the last checkpoint; more than this is a broken disk. */
const START_MS = 120_000;

export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  readonly isReady: boolean;
}

/** The lock file of a Postgres server: pid, folder, start, port, socket folder, address, shared memory, status. */
export function readPostmasterFile(clusterDir: string): PostmasterFile | null {
  const file = join(clusterDir, 'postmaster.pid');
  if (!existsSync(file)) return null;
  const lines = readFileSync(file, 'utf8').split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return { pid, port: Number(lines[3] ?? 0), isReady: lines[7]?.trim() === 'ready' };
}

/** Stops a server that survived its parent. A lock file whose process id was given to another program is disarmed. */
export async function stopLeftover(clusterDir: string): Promise<'none' | 'stopped'> {
  const leftover = readPostmasterFile(clusterDir);
  if (leftover === null || !isAlive(leftover.pid)) return 'none';
  if (!isPostmasterOf(leftover.pid, clusterDir)) {
    disarm(clusterDir);
    return 'none';
  }
  await stopPostmaster(leftover.pid, () => !isPostmasterOf(leftover.pid, clusterDir));
  return 'stopped';
}

/** Fast mode: open transactions roll back, everything committed is checkpointed; immediate mode if that takes too long. */
async function stopPostmaster(pid: number, isGone: () => boolean): Promise<void> {
  for (const [signal, deadlineMs] of [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
  ] as const) {
    if (isGone()) return;
    process.kill(pid, signal);
    if (await until(isGone, deadlineMs)) return;
  }
  throw new Error(`the Postgres server ${pid} does not stop`);
}

export interface RunningPostmaster {
  readonly pid: number;
  readonly exited: Promise<number | null>;
  /** While the server only runs it keeps no process alive; from here on this one waits until it has ended. */
  stop(): Promise<void>;
}

/**
 * Starts a server in a session of its own, so that a Ctrl-C meant for us does not stop it before we have drained, and
 * waits until it accepts connections. Rejects with the last lines of its log.
 */
export async function startPostmaster(
  command: Command,
  clusterDir: string,
  logFile: string,
): Promise<RunningPostmaster> {
  const log = openSync(logFile, 'w', 0o600);
  const child = spawn(command.file, [...command.args], {
    ...command.ids,
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
  });
  closeSync(log);
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('exit', (code) => resolve(code));
    child.once('error', reject);
  });
  let hasEnded = false;
  const ended = exited.then(
    () => (hasEnded = true),
    () => (hasEnded = true),
  );
  const pid = child.pid;
  const isReady = () => {
    const file = readPostmasterFile(clusterDir);
    return file !== null && file.pid === pid && file.isReady;
  };
  const settled = await until(() => hasEnded || isReady(), START_MS);
  if (pid !== undefined && settled && !hasEnded) {
    child.unref();
    const stop = async () => {
      child.ref();
      await stopPostmaster(pid, () => hasEnded);
    };
    return { pid, exited, stop };
  }
  if (pid !== undefined && !hasEnded) process.kill(pid, 'SIGQUIT');
  await ended;
  throw new PostmasterFailedError(lastLines(logFile));
}

/** The server ended before it was ready; the message is what it said. */
export class PostmasterFailedError extends Error {
  override readonly name = 'PostmasterFailedError';
}

export function lastLines(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trim().split('\n');
  return lines.slice(-5).join(' | ') || 'Postgres said nothing';
}

/**
 * Postgres refuses to start while the process id in its lock file runs, whatever program that is. The id becomes one
 * that no process can have; the rest stays, because Postgres checks the shared memory it names.
 */
function disarm(clusterDir: string): void {
  const file = join(clusterDir, 'postmaster.pid');
  const [, ...rest] = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, [String(0x7f_ff_ff_ff), ...rest].join('\n'));
}

async function until(condition: () => boolean, deadlineMs: number): Promise<boolean> {
  const end = Date.now() + deadlineMs;
  while (!condition()) {
    if (Date.now() > end) return false;
    await sleep(POLL_MS);
  }
  return true;
}
