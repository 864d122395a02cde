import type { HoldPeriods } from '@apilink/contracts';
import type { RenewedHold } from '@apilink/holds';

/** A hold that this edge answers for: until the log has taken its `usage.final`, it is renewed. */
export class OpenHold implements RenewedHold {
  readonly accountId: RenewedHold['accountId'];
  readonly workspaceId: RenewedHold['workspaceId'];
  readonly keyId: RenewedHold['keyId'];
  readonly holdId: RenewedHold['holdId'];
  readonly periods: HoldPeriods;
  readonly openedAt: number;
  /** The most that the gate has confirmed so far. */
  highestNanoUsd: bigint;
  #epoch: number;
  #amountNanoUsd: bigint;
  /** What to do when the gate has ended the hold; null once the request has ended. */
  whenGone: (() => void) | null = null;

  constructor(facts: RenewedHold, epoch: number) {
    this.accountId = facts.accountId;
    this.workspaceId = facts.workspaceId;
    this.keyId = facts.keyId;
    this.holdId = facts.holdId;
    this.periods = facts.periods;
    this.openedAt = facts.openedAt;
    this.#amountNanoUsd = facts.amountNanoUsd;
    this.highestNanoUsd = facts.amountNanoUsd;
    this.#epoch = epoch;
  }

  /** The gate's epoch in which it was last confirmed. */
  get epoch(): number {
    return this.#epoch;
  }

  /** As the gate last confirmed it. */
  get amountNanoUsd(): bigint {
    return this.#amountNanoUsd;
  }

  /**
   * What a resize has granted. Of a hold that was last confirmed in an epoch before the one before, that says nothing: a
   * load may have listed it without asking. Only a renewal brings it into the present one (decision 0015).
   */
  confirm(amountNanoUsd: bigint, epoch: number): void {
    this.#amountNanoUsd = amountNanoUsd;
    if (epoch <= this.#epoch + 1) this.#epoch = epoch;
    if (amountNanoUsd > this.highestNanoUsd) this.highestNanoUsd = amountNanoUsd;
  }

  /** The gate has at least what it was asked to renew: all of the hold, unless it has grown since the question. */
  confirmAgain(askedNanoUsd: bigint, epoch: number): void {
    if (this.#amountNanoUsd <= askedNanoUsd && epoch > this.#epoch) this.#epoch = epoch;
  }
}
