import {
  generationIdSchema,
  refundIdSchema,
  type AccountId,
  type GenerationId,
  type LotId,
  type RefundId,
} from '@apilink/contracts';
import { v5 as uuidv5 } from 'uuid';

import { LEDGER_NAMESPACE, type LedgerCurrency } from '../ledger/ledger-account.domain.js';
import { refundMinorUnitsOf, unusedOf, type Lot } from '../lot/lot.domain.js';

/**
 * `requested` → `held` (the gate and the lot keep the amount) → `submitted` (the channel was asked) → `posted`, or
 * `voided` from any of them. Nothing else ends it: its hold in the gate has no expiry.
 */
export type RefundState = 'requested' | 'held' | 'submitted' | 'posted' | 'voided';

export interface Refund {
  readonly refundId: RefundId;
  readonly accountId: AccountId;
  readonly lotId: LotId;
  readonly requestKey: string;
  readonly part: number;
  readonly requestHash: string;
  readonly state: RefundState;
  readonly currency: LedgerCurrency;
  readonly minorUnits: bigint;
  readonly debitNanoUsd: bigint;
  readonly gateHoldId: GenerationId;
  readonly channel: string;
  readonly paymentReference: string;
  readonly channelReference: string | null;
  readonly isManual: boolean;
  readonly reason: string;
  readonly voidReason: string | null;
  readonly actor: string;
  /** Ms since the epoch, by the database's clock. */
  readonly requestedAt: number;
  readonly endedAt: number | null;
}

/** What of one lot goes back: whole cents or fen, and what they are worth of its credit. */
export interface RefundPart {
  readonly lotId: LotId;
  readonly currency: LedgerCurrency;
  readonly minorUnits: bigint;
  readonly debitNanoUsd: bigint;
}

/**
 * Parts an amount over lots in their order, the oldest first. Money goes back in whole cents or fen, rounded down; what
 * comes off the balance is what those are worth, so that the rest of a cent stays the customer's.
 */
export function partsOf(lots: readonly Lot[], amountNanoUsd: bigint): readonly RefundPart[] {
  const parts: RefundPart[] = [];
  let left = amountNanoUsd;
  for (const lot of lots) {
    const unused = unusedOf(lot);
    const asked = left < unused ? left : unused;
    if (lot.kind !== 'paid' || asked === 0n) continue;
    const minorUnits = refundMinorUnitsOf(lot, asked);
    if (minorUnits === 0n) continue;
    const debitNanoUsd = worthOf(lot, minorUnits);
    parts.push({ lotId: lot.lotId, currency: lot.currency, minorUnits, debitNanoUsd });
    left -= debitNanoUsd;
  }
  return parts;
}

/** Credit that so much more given back of a lot stands for, rounded up: never more than it was asked from. */
export function worthOf(lot: Lot, minorUnits: bigint): bigint {
  const given = lot.refundedMinorUnits + lot.chargedBackMinorUnits + minorUnits;
  const worth = (given * lot.creditNanoUsd + lot.paidMinorUnits - 1n) / lot.paidMinorUnits;
  return worth - lot.refundedNanoUsd - lot.chargedBackNanoUsd;
}

/** The same request makes the same refunds: a lost answer is asked for again. */
export function refundIdOf(accountId: AccountId, requestKey: string, part: number): RefundId {
  return refundIdSchema.out.parse(uuidv5(`refund:${accountId}/${requestKey}/${part}`, LEDGER_NAMESPACE));
}

export function refundHoldIdOf(refundId: RefundId): GenerationId {
  return generationIdSchema.out.parse(uuidv5(`refund_hold:${refundId}`, LEDGER_NAMESPACE));
}
