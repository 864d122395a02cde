import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

import { DeadEnd } from './dead-end.js';

/** Where the clients are installed and their drivers stand. */
export const clientsFolder = fileURLToPath(new URL('../../clients', import.meta.url));

/** What `npm run test:clients` tells its tests of the running ApiLink. */
const worldSchema = z.object({
  /** `http://127.0.0.1:PORT`. */
  origin: z.url(),
  apiKey: z.string(),
  /** Of an account without a balance. */
  emptyKey: z.string(),
  /** The Python in which the Python clients are installed. */
  python: z.string(),
});
export type World = z.output<typeof worldSchema>;

export function theWorld(): World {
  const told = process.env['APILINK_CLIENTS_WORLD'];
  if (told === undefined) throw new Error('These tests run by `npm run test:clients`, which starts ApiLink for them.');
  return worldSchema.parse(JSON.parse(told));
}

/** What a process of a client left behind. */
export interface ClientRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Longer than any story; a client that hangs is a failure that says so. */
const RUN_MS_MAX = 60_000;

/**
 * A home of its own for one client: nothing of the user's settings, nobody's credentials, no way to the internet. `asked`
 * is what the client would have asked of it.
 */
export class ClientMachine {
  readonly home = mkdtempSync(join(tmpdir(), 'apilink-client-'));
  readonly work = join(this.home, 'work');

  private constructor(
    readonly world: World,
    private readonly deadEnd: DeadEnd,
  ) {
    mkdirSync(this.work);
  }

  static async open(): Promise<ClientMachine> {
    return new ClientMachine(theWorld(), await DeadEnd.open());
  }

  get asked(): readonly string[] {
    return this.deadEnd.asked;
  }

  /** A text file of the working folder. */
  read(name: string): string {
    return readFileSync(join(this.work, name), 'utf8');
  }

  async run(file: string, args: readonly string[], options: RunOptions = {}): Promise<ClientRun> {
    const { promise, resolve, reject } = Promise.withResolvers<ClientRun>();
    const child = spawn(file, args, {
      cwd: this.work,
      env: { ...this.environment(), ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? RUN_MS_MAX,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
    return promise;
  }

  async close(): Promise<void> {
    await this.deadEnd.close();
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  private environment(): Record<string, string> {
    const proxy = this.deadEnd.url;
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.home,
      TMPDIR: this.home,
      LANG: 'C.UTF-8',
      APILINK_BASE_URL: `${this.world.origin}/v1`,
      APILINK_ORIGIN: this.world.origin,
      APILINK_API_KEY: this.world.apiKey,
      APILINK_EMPTY_KEY: this.world.emptyKey,
      HTTP_PROXY: proxy,
      HTTPS_PROXY: proxy,
      ALL_PROXY: proxy,
      http_proxy: proxy,
      https_proxy: proxy,
      all_proxy: proxy,
      NO_PROXY: '127.0.0.1',
      no_proxy: '127.0.0.1',
      // Node's fetch looks at the variables above only when told to.
      NODE_USE_ENV_PROXY: '1',
      // The drivers' folder stays as it was committed.
      PYTHONDONTWRITEBYTECODE: '1',
    };
  }
}
