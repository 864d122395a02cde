import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { endLeftover, noteProcess } from './process-record.js';

const STOP_MS_MAX = 20_000;
const TAKEN = 'another one answers on its port';
const LAST_LINES = 5;
const LINE_CHARACTERS_MAX = 240;

export interface ServerProgram {
  /** For people: `Kafka`. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of this program alone; `server.json` in it names the process. */
  readonly folder: string;
  /** Default: `server.log` in its folder. It is appended to. */
  readonly logFile?: string;
  /** Where it runs. Default: its folder. */
  readonly workingFolder?: string;
  /** Whether the server serves; asked until it says so. */
  readonly answers: () => Promise<boolean>;
  readonly pollMs?: number;
  readonly startMsMax: number;
  /** After SIGTERM; then it is killed. Default 20 s. */
  readonly stopMsMax?: number;
  readonly onUnexpectedExit?: ((lastLines: string) => void) | undefined;
}

/** The program did not become ready; the message holds the last lines of its log. */
export class ServerFailedError extends Error {
  override readonly name = 'ServerFailedError';
}

/**
 * One program that serves on loopback, in a session of its own, with its output in a file. `server.json` names the
 * process, so that the next start on the folder finds a program that outlived a killed parent.
 */
export class ServerProcess {
  #child: ChildProcess | null = null;
  #isEnding = false;

  constructor(private readonly program: ServerProgram) {}

  /** 0 before the first start. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child !== null && !hasEnded(this.#child);
  }

  /** Null while it runs, or when a signal ended it. */
  get exitCode(): number | null {
    return this.#child?.exitCode ?? null;
  }

  get logFile(): string {
    return this.program.logFile ?? join(this.program.folder, 'server.log');
  }

  /** Starts it and waits until it serves. The environment is that of the program with the changes. */
  async start(changes: Readonly<Record<string, string | undefined>> = {}): Promise<void> {
    const { program } = this;
    mkdirSync(program.folder, { recursive: true });
    await endLeftover(this.#record);
    if (await program.answers()) throw new ServerFailedError(`${program.name} did not start: ${TAKEN}`);
    const log = openSync(this.logFile, 'a', 0o600);
    const child = spawn(program.file, [...program.args], {
      cwd: program.workingFolder ?? program.folder,
      detached: true,
      env: { ...program.environment, ...changes },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#child = child;
    this.#isEnding = false;
    const failure = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', () => resolve(this.lastLines()));
    });
    if (child.pid !== undefined) noteProcess(this.#record, child.pid);
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

  /** Sends the signal, and SIGKILL when the program takes too long; resolves when it has ended. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#isEnding = true;
    if (child === null || child.pid === undefined || hasEnded(child)) return;
    child.ref();
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), this.program.stopMsMax ?? STOP_MS_MAX);
    await ended;
    clearTimeout(timer);
    rmSync(this.#record, { force: true });
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  lastLines(): string {
    const lines = readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-LAST_LINES);
    return lines.map((line) => line.slice(0, LINE_CHARACTERS_MAX)).join(' | ') || 'it said nothing';
  }

  get #record(): string {
    return join(this.program.folder, 'server.json');
  }

  /** Null when it serves. */
  async #ready(): Promise<string | null> {
    const { startMsMax, pollMs = 20 } = this.program;
    const deadline = Date.now() + startMsMax;
    while (!(await this.program.answers())) {
      if (this.#isEnding) return 'it was ended';
      if (Date.now() > deadline) return `it does not answer within ${startMsMax / 1000} s (${this.lastLines()})`;
      await sleep(pollMs);
    }
    return null;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
