import type { AccountId, GenerationId } from '@apilink/contracts';
import type { HoldStore } from '@apilink/holds';

/** An outage that strands more than these has other worries; the rest expires by itself. */
const WAITING_MAX = 50_000;

export interface HoldReleaseOptions {
  readonly holdExpiryMs: number;
  /** How often a gate that is away is asked. */
  readonly retryMs: number;
  readonly now: () => number;
}

interface Waiting {
  readonly accountId: AccountId;
  readonly holdId: GenerationId;
  readonly until: number;
}

/**
 * Gives back holds that must not be used, also those whose admission was never answered: a gate that is away may have
 * granted them all the same, and a customer's money is not kept until they expire.
 */
export class HoldReleaseService {
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(
    private readonly store: HoldStore,
    private readonly options: HoldReleaseOptions,
  ) {}

  /** Holds that the gate has not yet been told of. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Resolves when the gate has answered, or when it is away: then it is told as soon as it listens. Never rejects. */
  async release(accountId: AccountId, holdId: GenerationId): Promise<void> {
    const waiting = { accountId, holdId, until: this.options.now() + this.options.holdExpiryMs };
    if (await this.#tell(waiting)) return;
    if (this.#waiting.length < WAITING_MAX) this.#waiting.push(waiting);
    this.#schedule();
  }

  /** At drain: one more try. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#retry();
  }

  #schedule(): void {
    if (this.#isStopped || this.#waiting.length === 0) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.#retry().then(() => this.#schedule());
    }, this.options.retryMs);
  }

  /** One after the other, and no further than to the first that fails: a gate that is away is not knocked on thousands of times. */
  async #retry(): Promise<void> {
    // Nobody renews such a hold: past its life the reaper has ended it.
    this.#waiting = this.#waiting.filter(({ until }) => until > this.options.now());
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (!(await this.#tell(next))) return;
      this.#waiting.shift();
    }
  }

  async #tell({ accountId, holdId }: Waiting): Promise<boolean> {
    try {
      await this.store.resize({ accountId, holdId, targetNanoUsd: 0n, final: true, tokens: 0 });
      return true;
    } catch {
      return false;
    }
  }
}
