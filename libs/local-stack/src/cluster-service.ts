import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { urlOf, type Variables } from './cluster-environment.js';
import type { ClusterServiceName, PlannedProcess } from './cluster-plan.js';
import { checkout } from './command-line.js';
import { ServerProcess } from './server-process.js';

const START_MS_MAX = 120_000;
const READY_POLL_MS = 100;
const PROBE_MS_MAX = 2000;
/** Longer than the drain deadline of a cluster, 25 s. */
const STOP_MS_MAX = 40_000;
const LOG_BYTES_MAX = 10_000_000;

/** As in the Dockerfile: kafkajs counts a waiting time below zero, which Node 26 tells everybody once. */
const nodeFlags = ['--enable-source-maps', '--disable-warning=TimeoutNegativeWarning'];

export interface ClusterServiceOptions {
  readonly planned: PlannedProcess;
  readonly environment: Variables;
  readonly folder: string;
  readonly logs: string;
  /** Relative paths of the variables are of this folder. */
  readonly workingFolder: string;
  readonly onUnexpectedExit: (service: ClusterService, lastLines: string) => void;
}

/** One service of a cluster as a process of its own. */
export class ClusterService {
  readonly service: ClusterServiceName;
  /** `billing-2` for the second billing. */
  readonly name: string;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Probes (`/health/ready`) and `/metrics`. */
  readonly adminUrl: string;
  readonly port: number;
  readonly logFile: string;
  readonly #process: ServerProcess;
  #changes: Variables = {};

  constructor({ planned, environment, folder, logs, workingFolder, onUnexpectedExit }: ClusterServiceOptions) {
    this.service = planned.service;
    this.name = planned.name;
    this.port = planned.port;
    this.url = urlOf(planned);
    this.adminUrl = urlOf({ port: planned.adminPort });
    this.logFile = join(logs, `${planned.name}.log`);
    this.#process = new ServerProcess({
      name: planned.name,
      file: process.execPath,
      args: [...nodeFlags, join(checkout, 'apps', planned.service, 'dist', 'main.js')],
      environment,
      folder: join(folder, planned.name),
      logFile: this.logFile,
      workingFolder,
      answers: async () => this.isReady(),
      pollMs: READY_POLL_MS,
      startMsMax: START_MS_MAX,
      stopMsMax: STOP_MS_MAX,
      onUnexpectedExit: (lastLines) => onUnexpectedExit(this, lastLines),
    });
  }

  /** Of the running process; another one after `restart`. */
  get pid(): number {
    return this.#process.pid;
  }

  get isRunning(): boolean {
    return this.#process.isRunning;
  }

  /** What its readiness probe says now; false when nobody answers. */
  async isReady(): Promise<boolean> {
    try {
      const answer = await fetch(`${this.adminUrl}/health/ready`, { signal: AbortSignal.timeout(PROBE_MS_MAX) });
      await answer.body?.cancel();
      return answer.status === 200;
    } catch {
      return false;
    }
  }

  /** Starts it with the changes of its environment, which stay for later starts; resolves when it is ready. */
  async start(changes: Variables = {}): Promise<void> {
    this.#changes = { ...this.#changes, ...changes };
    if ((statSync(this.logFile, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES_MAX) {
      renameSync(this.logFile, `${this.logFile}.1`);
    }
    await this.#process.start(this.#changes);
  }

  /** SIGTERM: it drains; resolves with its exit code when it has ended, null when it had to be killed. */
  async stop(): Promise<number | null> {
    await this.#process.end('SIGTERM');
    return this.#process.exitCode;
  }

  /** SIGKILL; resolves when it has ended. */
  async kill(): Promise<void> {
    await this.#process.end('SIGKILL');
  }

  /** SIGTERM unless it has ended, then `start`. `undefined` as a change takes a variable away. */
  async restart(changes: Variables = {}): Promise<void> {
    await this.stop();
    await this.start(changes);
  }

  /** Any other signal: SIGSTOP and SIGCONT freeze it and let it go on. */
  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }
}
