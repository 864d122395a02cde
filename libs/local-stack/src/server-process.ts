import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { processLife } from '@apilink/postgres';

const POLL_MS = 20;
const STOP_MS_MAX = 20_000;
const LAST_LINES = 5;

export interface ServerProgram {
  /** For people: `Kafka`. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  /** Whether the server serves; asked until it says so. */
  readonly answers: () => Promise<boolean>;
  readonly startMsMax: number;
  readonly onUnexpectedExit?: ((lastLines: string) => void) | undefined;
}

/** The program did not become ready; the message holds the last lines of its log. */
export class ServerFailedError extends Error {
  override readonly name = 'ServerFailedError';
}

/**
 * One program that serves on loopback, in a session of its own, with its output in `server.log`. `server.json` names the
 * process, so that the next start on the folder finds a server that outlived a killed parent.
 */
export class ServerProcess {
  #child: ChildProcess | null = null;
  #isEnding = false;

  constructor(private readonly program: ServerProgram) {}

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async start(): Promise<void> {
    const { program } = this;
    mkdirSync(program.folder, { recursive: true });
    await endLeftover(program.folder);
    const log = openSync(this.#log, 'a', 0o600);
    const child = spawn(program.file, [...program.args], {
      cwd: program.folder,
      detached: true,
      env: program.environment,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#child = child;
    this.#isEnding = false;
    const failure = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', () => resolve(this.lastLines()));
    });
    if (child.pid !== undefined) noteProcess(program.folder, child.pid);
    const problem = await Promise.race([failure, this.#ready()]);
    if (problem !== null) {
      await this.end('SIGKILL');
      throw new ServerFailedError(`${program.name} did not start: ${problem}`);
    }
    child.once('exit', () => {
      if (!this.#isEnding) program.onUnexpectedExit?.(this.lastLines());
    });
    child.unref();
  }

  /** Sends the signal, then SIGKILL when the program takes too long; resolves when it has ended. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#isEnding = true;
    if (child === null || child.pid === undefined || hasEnded(child)) return;
    child.ref();
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    await ended;
    clearTimeout(timer);
    rmSync(recordOf(this.program.folder), { force: true });
  }

  lastLines(): string {
    const lines = readFileSync(this.#log, 'utf8').trimEnd().split('\n');
    return lines.slice(-LAST_LINES).join(' | ') || 'it said nothing';
  }

  get #log(): string {
    return join(this.program.folder, 'server.log');
  }

  /** Null when it serves. */
  async #ready(): Promise<string | null> {
    const deadline = Date.now() + this.program.startMsMax;
    while (!(await this.program.answers())) {
      if (this.#isEnding || Date.now() > deadline) return `it does not answer (${this.lastLines()})`;
      await sleep(POLL_MS);
    }
    return null;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function recordOf(folder: string): string {
  return join(folder, 'server.json');
}

function noteProcess(folder: string, pid: number): void {
  writeFileSync(recordOf(folder), JSON.stringify({ pid, life: processLife(pid) }), { mode: 0o600 });
}

/** Ends the server that a killed parent left running on the folder. A process id that was given again is left alone. */
async function endLeftover(folder: string): Promise<void> {
  const leftover = readRecord(folder);
  if (leftover === null) return;
  const runs = (): boolean => processLife(leftover.pid) === leftover.life;
  if (runs()) process.kill(leftover.pid, 'SIGTERM');
  const deadline = Date.now() + STOP_MS_MAX;
  while (runs()) {
    if (Date.now() > deadline) process.kill(leftover.pid, 'SIGKILL');
    await sleep(POLL_MS);
  }
  rmSync(recordOf(folder), { force: true });
}

function readRecord(folder: string): { readonly pid: number; readonly life: string } | null {
  try {
    const value: unknown = JSON.parse(readFileSync(recordOf(folder), 'utf8'));
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('life' in value)) return null;
    const { pid, life } = value;
    return typeof pid === 'number' && typeof life === 'string' ? { pid, life } : null;
  } catch {
    return null;
  }
}
