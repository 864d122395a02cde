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
  /** As the gate last confirmed it. */
  amountNanoUsd: bigint;
  /** The gate's epoch in which it was last confirmed. */
  epoch: number;
  /** What to do when the gate has ended the hold; null once the request has ended. */
  whenGone: (() => void) | null = null;

  constructor(facts: RenewedHold, epoch: number) {
    this.accountId = facts.accountId;
    this.workspaceId = facts.workspaceId;
    this.keyId = facts.keyId;
    this.holdId = facts.holdId;
    this.periods = facts.periods;
    this.openedAt = facts.openedAt;
    this.amountNanoUsd = facts.amountNanoUsd;
    this.epoch = epoch;
  }
}
