import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runApilink, type CommandAnswer } from '@apilink/local-stack';
import { z } from 'zod';

import { portRange } from './port-range.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

export const quickstartSchema = z.object({
  baseUrl: z.url(),
  apiKey: z.string(),
  accountId: z.string(),
  consoleUrl: z.string().nullable(),
  statusUrl: z.string().nullable(),
  operatorToken: z.string(),
  services: z.record(z.string(), z.string()),
});
export type Quickstart = z.output<typeof quickstartSchema>;

export interface InstanceOptions {
  /** Text of apilink.yaml; none = the built-in catalog alone. */
  readonly configuration?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** How a process ended, with everything it printed. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** A free loopback port whose neighbour 100 above (admin) is free too. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = portRange.from + Math.floor(Math.random() * (portRange.to - portRange.from));
    if ((await isFree(port)) && (await isFree(port + 100))) return port;
  }
  throw new Error('no free pair of ports in 50 attempts');
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/**
 * ApiLink as a newcomer runs it: one process on loopback with a data folder of its own. Used through its public
 * contracts only: environment, apilink.yaml, quickstart.json, HTTP, the command line, signals.
 */
export class Instance {
  readonly folder = mkdtempSync(join(tmpdir(), 'apilink-e2e-'));
  readonly configurationPath = join(this.folder, 'apilink.yaml');
  readonly dataDir = join(this.folder, 'data');
  private child: ChildProcess | null = null;
  private output = '';
  private port = 0;
  private current: Quickstart | null = null;
  private changes: Readonly<Record<string, string>> = {};

  private constructor(private readonly options: InstanceOptions) {}

  static async start(options: InstanceOptions = {}): Promise<Instance> {
    const instance = new Instance(options);
    if (options.configuration !== undefined) instance.configure(options.configuration);
    await instance.startAgain();
    return instance;
  }

  /** A process that is expected not to become ready. */
  static async startExpectingEnd(options: InstanceOptions, setUp?: (instance: Instance) => void): Promise<Ended> {
    const instance = new Instance(options);
    if (options.configuration !== undefined) instance.configure(options.configuration);
    setUp?.(instance);
    try {
      instance.port = await freePort();
      return await ended(instance.spawn(), () => instance.output);
    } finally {
      instance.removeFolder();
    }
  }

  get quickstart(): Quickstart {
    if (this.current === null) throw new Error('the instance is not ready');
    return this.current;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get listeningPort(): number {
    return this.port;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Everything the process has printed so far, over all its starts. */
  get printed(): string {
    return this.output;
  }

  configure(yaml: string): void {
    writeFileSync(this.configurationPath, yaml);
  }

  /**
   * Starts on the same data folder and returns when ready, with the milliseconds it took. Changes of the environment stay
   * for later starts.
   */
  async startAgain(changes: Readonly<Record<string, string>> = {}): Promise<number> {
    this.changes = { ...this.changes, ...changes };
    if (this.port === 0) this.port = await freePort();
    const startedAt = Date.now();
    const child = this.spawn();
    const exited = ended(child, () => this.output).then((end) => {
      throw new Error(`ended before it was ready (exit ${end.exitCode ?? end.signal ?? '?'}):\n${end.output}`);
    });
    await Promise.race([this.ready(startedAt), exited]);
    exited.catch(() => undefined);
    return Date.now() - startedAt;
  }

  /** SIGTERM (or another signal), then waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    const child = this.child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) {
      return { exitCode: child?.exitCode ?? null, signal: child?.signalCode ?? null, output: this.output };
    }
    const end = ended(child, () => this.output);
    child.kill(signal);
    return end;
  }

  /** Ends the process and removes its folder. */
  async dispose(): Promise<void> {
    const end = await this.stop();
    if (end.exitCode !== 0 && end.signal === null)
      throw new Error(`ended with ${end.exitCode}:\n${end.output.slice(-4000)}`);
    this.removeFolder();
  }

  /** Runs the command line against this instance, as `npx apilink … --json` does. */
  async apilink(...words: string[]): Promise<CommandAnswer> {
    return runApilink(words, { APILINK_DATA_DIR: this.dataDir });
  }

  private spawn(): ChildProcess {
    const child = spawn(process.execPath, [join(root, 'apps/standalone/dist/main.js')], {
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        NODE_ENV: 'test',
        PORT: String(this.port),
        APILINK_DATA_DIR: this.dataDir,
        ...(this.options.configuration === undefined ? {} : { APILINK_CONFIG: this.configurationPath }),
        ...this.options.environment,
        ...this.changes,
      },
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.child = child;
    return child;
  }

  private async ready(startedAt: number): Promise<void> {
    const path = join(this.dataDir, 'quickstart.json');
    for (let waited = 0; waited < 600; waited++) {
      if (modifiedAt(path) >= startedAt - 1 && (await this.answers())) {
        this.current = quickstartSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
        return;
      }
      await pause(100);
    }
    throw new Error(`not ready within 60 s:\n${this.output}`);
  }

  private async answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.origin}/api/hello`, { method: 'HEAD' })).status === 200;
    } catch {
      return false;
    }
  }

  private removeFolder(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

async function ended(child: ChildProcess, output: () => string): Promise<Ended> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return { exitCode: child.exitCode, signal: child.signalCode, output: output() };
}

function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** For polling a public surface only; a test never sleeps to let something happen. */
export async function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Polls until `probe` gives something, at most `timeoutMs`. */
export async function eventually<Result>(
  what: string,
  probe: () => Promise<Result | null>,
  timeoutMs = 10_000,
): Promise<Result> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const result = await probe();
    if (result !== null) return result;
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await pause(50);
  }
}
