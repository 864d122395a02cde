import type { Logger } from '@apilink/service';

/** The longest pause between two attempts of work that fails, unless its own interval is longer. */
const BACKOFF_MS_MAX = 5_000;
/** A failure that lasts is told again after so many attempts. */
const TELL_EVERY = 60;

export interface RepeatingTaskOptions {
  readonly name: string;
  readonly intervalMs: number;
  /** Resolves true when there is more to do at once. */
  readonly run: () => Promise<unknown>;
  readonly logger: Pick<Logger, 'warn'>;
}

/**
 * Runs work again and again, never twice at once. A failure is logged and tried again, with pauses that double up to 5 s
 * where the interval is shorter.
 */
export class RepeatingTask {
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #state: 'waiting' | 'running' | 'stopped' = 'stopped';
  #failures = 0;
  #woken = false;

  constructor(private readonly options: RepeatingTaskOptions) {}

  start(): void {
    this.#state = 'waiting';
    this.#plan(0);
  }

  /** The next turn begins at once; one that fails keeps its pause. */
  wake(): void {
    this.#woken = true;
    if (this.#state === 'waiting' && this.#failures === 0) this.#plan(0);
  }

  /** Resolves when the running turn has ended; no other one begins. */
  async stop(): Promise<void> {
    this.#state = 'stopped';
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  #plan(delayMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#state = 'running';
      this.#woken = false;
      this.#running = this.#turn();
    }, delayMs);
    this.#timer.unref();
  }

  async #turn(): Promise<void> {
    const delayMs = await this.#work();
    if (this.#state === 'stopped') return;
    this.#state = 'waiting';
    this.#plan(delayMs);
  }

  /** Returns the pause before the next turn. */
  async #work(): Promise<number> {
    const { name, intervalMs, run, logger } = this.options;
    try {
      const more = await run();
      this.#failures = 0;
      return more === true || this.#woken ? 0 : intervalMs;
    } catch (error) {
      this.#failures += 1;
      if (this.#failures % TELL_EVERY === 1) {
        logger.warn({ err: error, task: name }, 'A task failed and will be tried again.');
      }
      return pauseMs(intervalMs, this.#failures);
    }
  }
}

function pauseMs(intervalMs: number, failures: number): number {
  return Math.max(intervalMs, Math.min(100 * 2 ** Math.min(failures - 1, 16), BACKOFF_MS_MAX));
}
