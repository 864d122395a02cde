import { resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { ConfigurationError, exitCodes, type Environment, type Logger } from '@apilink/service';

import { builtInDataDir, readSettings } from './environment/environment.config.js';
import { greeting } from './greeting/greeting.domain.js';
import { logPath } from './log-file/log-file.service.js';
import { Progress, type ProgressStream } from './progress/progress.service.js';
import { Shutdown } from './shutdown/shutdown.service.js';
import { listenForStop, type SignalSource } from './shutdown/stop-signal.service.js';
import { startStandalone } from './standalone.js';

/** The part of `process` that this needs. */
export interface MainProcess extends SignalSource {
  readonly env: Environment;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  on(event: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'disconnect', handle: () => void): unknown;
  on(event: 'exit', handle: () => void): unknown;
  on(event: 'uncaughtException' | 'unhandledRejection', handle: (error: unknown) => void): unknown;
  exit(code: number): void;
}
interface OutputStream extends ProgressStream {
  on(event: 'error', handle: () => void): unknown;
}

/**
 * Runs standalone as a process: starts, greets, and on a signal drains and exits 0. A wrong configuration, a port in use
 * or a locked data folder is one sentence and exit code 2; everything else that fails is one sentence, exit code 1, and
 * its cause in the log.
 */
export async function runStandalone(main: MainProcess): Promise<void> {
  await new StandaloneProcess(main).run();
}

class StandaloneProcess {
  readonly #shutdown = new Shutdown();
  readonly #startedAt = Date.now();
  #logger: Logger | null = null;
  #started: Promise<void> = Promise.resolve();

  constructor(private readonly main: MainProcess) {}

  async run(): Promise<void> {
    const { main } = this;
    // A terminal that was closed must not end what drains.
    for (const stream of [main.stdout, main.stderr]) stream.on('error', () => undefined);
    main.on('uncaughtException', (error) => this.#crash(error));
    main.on('unhandledRejection', (error) => this.#crash(error));
    listenForStop(main, {
      onStop: () => {
        this.#say('\nStopping: running requests may finish. Press Ctrl-C again to end at once.');
        void this.#end(exitCodes.ok);
      },
      onAgain: () => main.exit(exitCodes.failure),
    });
    this.#started = this.#start();
    try {
      await this.#started;
    } catch (error) {
      // A Ctrl-C reaches the programs that a start runs too: their failing is seen before our own copy of the signal.
      await nextTurn();
      if (!this.#shutdown.requested) await this.#fail(error);
    }
  }

  async #start(): Promise<void> {
    const { env, stdout, stderr } = this.main;
    const settings = readSettings(env);
    const { quickstart, firstStepsUrl } = await startStandalone({
      env,
      settings,
      progress: new Progress(stderr),
      shutdown: this.#shutdown,
      onLog: (logger, flush) => {
        this.#logger = logger;
        this.main.on('exit', flush);
      },
      onDatabaseLost: () => {
        this.#say('Postgres ended by itself; ApiLink stops. Start it again: nothing that was accepted is lost.');
        void this.#end(exitCodes.failure);
      },
    });
    const { baseUrl, apiKey } = quickstart;
    const elapsedMs = Date.now() - this.#startedAt;
    const logFile = logPath(settings.dataDir);
    const dataDir = settings.dataDir === resolve(builtInDataDir) ? null : settings.dataDir;
    stdout.write(greeting({ baseUrl, apiKey, firstStepsUrl, logFile, dataDir, elapsedMs }));
  }

  async #fail(error: unknown): Promise<void> {
    this.#say(error instanceof Error ? error.message : String(error));
    if (error instanceof ConfigurationError) return this.#end(exitCodes.configuration);
    this.#logger?.info({ err: error }, 'It could not start.');
    return this.#end(exitCodes.failure);
  }

  /** A defect of ours: nothing can be trusted any more, so nothing is drained. The next start recovers as after a kill. */
  #crash(error: unknown): void {
    this.#say(
      'ApiLink met an unexpected error and ends; the log has it. Start it again: nothing that was accepted is lost.',
    );
    this.#logger?.fatal({ err: error }, 'Unexpected error.');
    this.main.exit(exitCodes.failure);
  }

  /** Waits until a start that still goes on has given up, stops what it had reached, and ends the process. */
  async #end(exitCode: number): Promise<void> {
    this.#shutdown.request();
    await this.#started.catch(() => undefined);
    const clean = await this.#shutdown.run(this.#logger);
    this.main.exit(exitCode === exitCodes.ok && !clean ? exitCodes.failure : exitCode);
  }

  #say(sentence: string): void {
    this.main.stderr.write(`${sentence}\n`);
  }
}
