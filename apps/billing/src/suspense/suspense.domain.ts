import type { AccountId, LotId, PaymentOrderId, SuspenseId, SuspenseReason, SuspenseState } from '@apilink/contracts';

import { SHARED_OPERATOR } from '../identity/actor.domain.js';
import { illegalState } from '../illegal-state.domain.js';
import type { Money } from '../payment/payment-channel.domain.js';

/** Money that arrived and that nobody can be credited with as it came. */
export interface NewSuspense extends Money {
  readonly channel: string;
  /** The bank's number of the transfer, or the channel's of the payment. */
  readonly reference: string;
  readonly reason: SuspenseReason;
  readonly payer: string | null;
  readonly remark: string | null;
  /** The bank's booking day, `2026-11-22`; null where none is told. */
  readonly bookedOn: string | null;
  readonly orderId: PaymentOrderId | null;
  /** Whose it seems to be. */
  readonly proposedAccountId: AccountId | null;
  readonly recordedBy: string;
}

export interface SuspenseEntry extends NewSuspense {
  readonly suspenseId: SuspenseId;
  readonly state: SuspenseState;
  readonly accountId: AccountId | null;
  readonly askedBy: string | null;
  readonly approvedBy: string | null;
  readonly returnReference: string | null;
  readonly lotId: LotId | null;
  readonly receivedAt: number;
}

/** What a person may do with it. */
export type SuspenseStep = 'match' | 'ask_return' | 'approve' | 'reject';

const from: Readonly<Record<SuspenseStep, readonly SuspenseState[]>> = {
  match: ['unmatched'],
  ask_return: ['unmatched'],
  approve: ['matched', 'return_asked'],
  reject: ['matched', 'return_asked'],
};

/** Null when the step is possible; otherwise why it is not. */
export function refusalOf(step: SuspenseStep, entry: SuspenseEntry, actor: string): SuspenseRefusal | null {
  if (!from[step].includes(entry.state)) return { code: 'wrong_state', detail: stateSentence(entry) };
  if (step !== 'reject' && actor === SHARED_OPERATOR) return { code: 'second_person_needed', detail: nobodySentence };
  if (step === 'approve' && entry.askedBy === actor) {
    return { code: 'second_person_needed', detail: `${actor} asked for it and cannot approve it` };
  }
  return null;
}

/** One person may hold it beside a token of their own, and would be two. */
const nobodySentence = 'the shared operator token is nobody in particular; use a named one (OPERATOR_TOKENS)';

export interface SuspenseRefusal {
  readonly code: 'wrong_state' | 'second_person_needed';
  readonly detail: string;
}

function stateSentence({ state, askedBy, approvedBy }: SuspenseEntry): string {
  switch (state) {
    case 'unmatched':
      return 'nobody has said whose it is yet; match it, or ask for its return, first';
    case 'matched':
      return `${askedBy ?? 'somebody'} has matched it; approve or reject that first`;
    case 'return_asked':
      return `${askedBy ?? 'somebody'} has asked for its return; approve or reject that first`;
    case 'credited':
      return `it was credited with the approval of ${approvedBy ?? 'somebody'}`;
    case 'returned':
      return `it was sent back with the approval of ${approvedBy ?? 'somebody'}`;
  }
  return illegalState(state);
}
