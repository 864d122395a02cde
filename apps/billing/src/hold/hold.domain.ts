import type { AccountId, GenerationId, HoldPeriods, HoldState, KeyId, WorkspaceId } from '@apilink/contracts';

import { illegalState } from '../illegal-state.domain.js';

/** What settlement has to know of a hold that stands in the table. */
export interface KnownHold {
  readonly generationId: GenerationId;
  readonly accountId: AccountId;
  readonly workspaceId: WorkspaceId;
  readonly keyId: KeyId;
  readonly state: HoldState;
  readonly amountNanoUsd: bigint;
  /** Null on a hold that only the gate knew when it expired. */
  readonly modelId: string | null;
  readonly candidates: readonly PinnedPrice[];
  readonly periods: HoldPeriods;
  /** A late final has claimed its charge already: another one changes nothing. */
  readonly claimed: boolean;
}

/** An endpoint that may answer and the price version that the hold pins for it. */
export interface PinnedPrice {
  readonly endpointId: string;
  readonly priceVersion: string;
}

/** What `hold.opened` does: a hold that has ended, or that its final brought first, is not opened again. */
export function onOpened(state: HoldState | null): 'insert' | 'ignore' {
  return state === null ? 'insert' : 'ignore';
}

/**
 * What `usage.final` does. A hold ends exactly once: a second final, whatever it says, changes nothing. After `expired`,
 * or when the gate confirmed the hold in another epoch than ours, it is settled as late.
 */
export function onFinal(state: HoldState | null, sameEpoch: boolean): 'settle' | 'settle_late' | 'ignore' {
  switch (state) {
    case null:
    case 'open':
      return sameEpoch ? 'settle' : 'settle_late';
    case 'expired':
      return 'settle_late';
    case 'settled':
    case 'voided':
    case 'late_settled':
      return 'ignore';
  }
  return illegalState(state);
}

/** What the reaper does with a hold that the gate marked: an ended one only has to be closed there. */
export function onExpiry(state: HoldState | null): 'expire' | 'close' {
  return state === null || state === 'open' ? 'expire' : 'close';
}
