import type { KeptAnswer } from '../keeping/kept-answer.domain.js';

/** Who writes down what became of a claim. */
export interface ClaimEnds {
  end(claim: IdempotencyClaim, generation: string, answer: KeptAnswer | null): Promise<void>;
  release(claim: IdempotencyClaim): Promise<void>;
}

/** A key that one run has: it ends kept, spent or free, once. */
export class IdempotencyClaim {
  #isOver = false;

  constructor(
    private readonly ends: ClaimEnds,
    readonly accountId: string,
    readonly keyHash: Buffer,
    readonly claimId: string,
  ) {}

  /** The answer that the key gives from now on. Null for one that is too large to be given again. */
  async keep(generation: string, answer: KeptAnswer | null): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.ends.end(this, generation, answer);
  }

  /** Nothing was charged: the key is free again. */
  async release(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.ends.release(this);
  }
}
