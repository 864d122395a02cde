import type { Logger } from '@apilink/service';

/** From here on a difference is told; below it, answers that took their time look like clocks that differ. */
const TOLD_MS = 5_000;

/**
 * The gate's clock as far as this edge knows it: admissions tell it. It decides expiry, periods and prices
 * (docs/money.md, Failure matrix); ours only has to be near.
 */
export class StoreClock {
  #differenceMs = 0;
  #isTold = false;

  constructor(
    private readonly now: () => number,
    private readonly logger: Logger,
  ) {}

  /** How far the gate's clock is ahead of ours, ms; negative when it is behind. */
  get differenceMs(): number {
    return this.#differenceMs;
  }

  /** Ours, set right by what the gate told last, ms since the epoch. */
  read(): number {
    return this.now() + this.#differenceMs;
  }

  /** What the gate's clock said a moment ago. */
  note(storeMs: number): void {
    this.#differenceMs = storeMs - this.now();
    const isFar = Math.abs(this.#differenceMs) > TOLD_MS;
    if (isFar === this.#isTold) return;
    this.#isTold = isFar;
    const seconds = Math.round(this.#differenceMs / 1000);
    if (isFar) {
      this.logger.warn(
        { differenceMs: this.#differenceMs },
        `The gate's clock (REDIS_URL or DATABASE_URL) differs from this host's by ${seconds} s: let NTP set both.`,
      );
    } else this.logger.info("The gate's clock and this host's agree again.");
  }
}
