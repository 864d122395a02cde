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

  confirm(amountNanoUsd: bigint, epoch: number): void {
    this.#amountNanoUsd = amountNanoUsd;
    this.#epoch = epoch;
    if (amountNanoUsd > this.highestNanoUsd) this.highestNanoUsd = amountNanoUsd;
  }

  /** The gate has at least what it was asked to renew: all of the hold, unless it has grown since the question. */
  confirmAgain(askedNanoUsd: bigint, epoch: number): void {
    if (this.#amountNanoUsd <= askedNanoUsd && epoch > this.#epoch) this.#epoch = epoch;
  }
}
