import type { Logger } from '@apilink/service';

export interface RepeatingTaskOptions {
  readonly name: string;
  readonly intervalMs: number;
  readonly run: () => Promise<unknown>;
  readonly logger: Logger;
}

/** Runs work again and again, never twice at once; a failure is logged and the next turn tries again. */
export class RepeatingTask {
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(private readonly options: RepeatingTaskOptions) {}

  start(): void {
    this.#plan(0);
  }

  /** Resolves when the running turn has ended; no other one begins. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  #plan(delayMs: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#turn().then(() => this.#plan(this.options.intervalMs));
    }, delayMs);
    this.#timer.unref();
  }

  async #turn(): Promise<void> {
    try {
      await this.options.run();
    } catch (error) {
      this.options.logger.warn({ err: error, task: this.options.name }, 'A task failed and will be tried again.');
    }
  }
}
