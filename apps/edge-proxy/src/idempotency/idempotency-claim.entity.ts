import type { KeptAnswer } from '../keeping/kept-answer.domain.js';
import type { IdempotencyService } from './idempotency.service.js';

/** A key that one run has: it ends kept, spent or free, once. */
export class IdempotencyClaim {
  #isOver = false;

  constructor(
    private readonly service: IdempotencyService,
    readonly accountId: string,
    readonly keyHash: Buffer,
    readonly claimId: string,
  ) {}

  /** The answer that the key gives from now on. Null for one that is too large to be given again. */
  async keep(generation: string, answer: KeptAnswer | null): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.service.end(this, generation, answer);
  }

  /** Nothing was charged: the key is free again. */
  async release(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.service.release(this);
  }
}
