import type { ClientAnswer } from './client-answer.entity.js';
import type { GenerationRun } from './generation-run.entity.js';
import type { RelayLimits } from './relay-limits.config.js';

/**
 * Every running request, looked at a few times a second by one timer: deadlines of thousands of streams cost one timer
 * and not three each.
 */
export class RunRegistry {
  readonly #runs = new Set<GenerationRun>();
  readonly #lingering = new Set<ClientAnswer>();
  #timer: NodeJS.Timeout | null = null;
  #idle: (() => void)[] = [];

  constructor(
    private readonly limits: RelayLimits,
    private readonly monotonic: () => number,
  ) {}

  start(): void {
    this.#timer ??= setInterval(() => this.sweep(), this.limits.sweepMs);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  get size(): number {
    return this.#runs.size;
  }

  add(run: GenerationRun): void {
    this.#runs.add(run);
  }

  ended(run: GenerationRun): void {
    this.#runs.delete(run);
    if (this.#runs.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** A finished answer that its reader has not taken yet: it is closed when the reader stands still. */
  linger(answer: ClientAnswer): void {
    this.#lingering.add(answer);
  }

  sweep(): void {
    for (const run of this.#runs) run.tick();
    for (const answer of this.#lingering) {
      const isStill = this.monotonic() - answer.lastProgressAt >= this.limits.stallMs;
      if (isStill) answer.destroy();
      if (isStill || answer.isGone || !answer.isBlocked) this.#lingering.delete(answer);
    }
  }

  /** Resolves when nothing runs, or at the deadline. */
  async whenIdle(deadlineMs: number): Promise<void> {
    if (this.#runs.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, deadlineMs);
      this.#idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  abortAll(reason: string): void {
    for (const run of this.#runs) run.abort(reason);
  }
}
