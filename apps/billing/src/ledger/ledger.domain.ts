import { generationIdSchema, type AccountId, type GenerationId } from '@apilink/contracts';
import { v5 as uuidv5 } from 'uuid';

import {
  absorbedCacheAccount,
  customerLedgerAccountId,
  LEDGER_NAMESPACE,
  promoExpenseAccount,
  providerClearingAccount,
  providerCostAccount,
  revenueAccount,
  writeOffAccounts,
  type CustomerLedgerAccountKind,
  type SystemLedgerAccount,
  type WriteOffReason,
} from './ledger-account.domain.js';

export type TransferKind =
  | 'usage_settled'
  | 'credit_granted'
  /** The customer's credit for a payment; where it came in RMB, `topup_received` has put that into fx_clearing. */
  | 'topup_paid'
  | 'topup_received'
  /** The customer's debit of a refund; of RMB, `refund_paid_out` takes it out of fx_clearing. */
  | 'topup_refunded'
  | 'refund_paid_out'
  /** The customer's debit of what a bank took back; of RMB, `chargeback_taken` takes it out of fx_clearing. */
  | 'chargeback_opened'
  | 'chargeback_taken'
  | 'gap_written_off'
  | 'suspense_received'
  | 'suspense_returned';

/** A customer's row as it is locked: everything that a posting reads or changes. All amounts in nano-USD. */
export interface CustomerBalance {
  readonly accountId: AccountId;
  readonly paidNanoUsd: bigint;
  readonly promoNanoUsd: bigint;
  /** Net of refunds and chargebacks. */
  readonly creditedNanoUsd: bigint;
  readonly spentNanoUsd: bigint;
  /** Kept for refunds that are on their way: no usage takes it. */
  readonly refundingNanoUsd: bigint;
  /** How far below zero a chargeback has left paid, what is kept for refunds counted; 0 otherwise. */
  readonly gapNanoUsd: bigint;
  /** The version that the gate compares. */
  readonly version: bigint;
  /** Gapless: one for each transfer that touched the customer. */
  readonly ledgerVersion: bigint;
}

export interface LedgerEntry {
  readonly ledgerAccountId: string;
  readonly amountNanoUsd: bigint;
  readonly version: bigint | null;
  readonly postedAfterNanoUsd: bigint | null;
}

export interface Transfer {
  readonly transferId: string;
  readonly kind: TransferKind;
  readonly ref: string;
  /** SHA-256 of what was asked: the same id with another hash is another request under a used name. */
  readonly requestHash: string;
  readonly actor: string;
  readonly entries: readonly LedgerEntry[];
}

export function postedOf(balance: CustomerBalance): bigint {
  return balance.paidNanoUsd + balance.promoNanoUsd;
}

/** The id of a transfer is its kind and business key: the same fact posted again meets itself. */
export function transferIdOf(kind: TransferKind, businessKey: string): string {
  return uuidv5(`transfer:${kind}:${businessKey}`, LEDGER_NAMESPACE);
}

/** The hold that a late final takes in the gate for itself: that of the generation has ended and stays ended. */
export function lateHoldIdOf(generationId: GenerationId): GenerationId {
  return generationIdSchema.out.parse(uuidv5(`late_hold:${generationId}`, LEDGER_NAMESPACE));
}

export interface UsageAmounts {
  /** What the customer owes by the outcome's row. */
  readonly chargeNanoUsd: bigint;
  /** What is ours from the start: metered above the hold, or a late final's share that found no room. */
  readonly writtenOffNanoUsd: bigint;
  readonly writeOffReason: WriteOffReason;
  /** The premium of cache writes that is ours by policy: the list price is the charge and this. */
  readonly absorbedNanoUsd: bigint;
  /** What the providers will bill us for all attempts. */
  readonly costNanoUsd: bigint;
}

export interface UsagePosting {
  readonly balance: CustomerBalance;
  readonly entries: readonly LedgerEntry[];
  readonly promoNanoUsd: bigint;
  readonly paidNanoUsd: bigint;
  /** All that was written off, what posted could not take included. */
  readonly writtenOffNanoUsd: bigint;
  /** What posted could not take: more than zero is an alert, because a hold should have kept it. */
  readonly postedShortNanoUsd: bigint;
  readonly absorbedNanoUsd: bigint;
}

/**
 * Takes a charge from promo first, then from paid; what posted cannot take is written off: posted never goes below 0, and
 * what is kept for refunds is not there to be taken.
 */
export function postUsage(balance: CustomerBalance, amounts: UsageAmounts): UsagePosting {
  const room = atLeastZero(postedOf(balance) - balance.refundingNanoUsd);
  const promo = least(amounts.chargeNanoUsd, least(balance.promoNanoUsd, room));
  const unkept = atLeastZero(balance.paidNanoUsd - balance.refundingNanoUsd);
  const paid = least(amounts.chargeNanoUsd - promo, least(unkept, room - promo));
  const short = amounts.chargeNanoUsd - promo - paid;
  const after = debit(balance, promo, paid);
  const entries: LedgerEntry[] = [];
  customerEntry(entries, 'customer_promo', after, -promo);
  customerEntry(entries, 'customer_paid', after, -paid);
  for (const [reason, amount] of writeOffs(short, amounts)) systemEntry(entries, writeOffAccounts[reason], -amount);
  systemEntry(entries, absorbedCacheAccount, -amounts.absorbedNanoUsd);
  systemEntry(entries, revenueAccount, amounts.chargeNanoUsd + amounts.writtenOffNanoUsd + amounts.absorbedNanoUsd);
  systemEntry(entries, providerCostAccount, -amounts.costNanoUsd);
  systemEntry(entries, providerClearingAccount, amounts.costNanoUsd);
  return {
    balance: after,
    entries,
    promoNanoUsd: promo,
    paidNanoUsd: paid,
    writtenOffNanoUsd: short + amounts.writtenOffNanoUsd,
    postedShortNanoUsd: short,
    absorbedNanoUsd: amounts.absorbedNanoUsd,
  };
}

/**
 * The version that followers of the ledger are told; null when there is nothing to tell: nobody was charged, nothing was
 * written off, or the customer's ledger accounts were never touched.
 */
export function toldVersionOf({ balance, promoNanoUsd, paidNanoUsd, writtenOffNanoUsd }: UsagePosting): bigint | null {
  if (promoNanoUsd + paidNanoUsd + writtenOffNanoUsd === 0n || balance.ledgerVersion === 0n) return null;
  return balance.ledgerVersion;
}

export interface GrantPosting {
  readonly balance: CustomerBalance;
  readonly entries: readonly LedgerEntry[];
}

/** Credit that nobody paid for: a promo lot against promo expense. */
export function postGrant(balance: CustomerBalance, amountNanoUsd: bigint): GrantPosting {
  const after: CustomerBalance = {
    ...balance,
    promoNanoUsd: balance.promoNanoUsd + amountNanoUsd,
    creditedNanoUsd: balance.creditedNanoUsd + amountNanoUsd,
    ledgerVersion: balance.ledgerVersion + 1n,
  };
  const entries: LedgerEntry[] = [];
  customerEntry(entries, 'customer_promo', after, amountNanoUsd);
  systemEntry(entries, promoExpenseAccount, -amountNanoUsd);
  return { balance: after, entries };
}

function debit(balance: CustomerBalance, promo: bigint, paid: bigint): CustomerBalance {
  const taken = promo + paid;
  if (taken === 0n) return balance;
  return {
    ...balance,
    promoNanoUsd: balance.promoNanoUsd - promo,
    paidNanoUsd: balance.paidNanoUsd - paid,
    spentNanoUsd: balance.spentNanoUsd + taken,
    ledgerVersion: balance.ledgerVersion + 1n,
  };
}

/** Both may have the same reason; a ledger account stands once in a transfer. */
function writeOffs(short: bigint, amounts: UsageAmounts): ReadonlyMap<WriteOffReason, bigint> {
  const sums = new Map<WriteOffReason, bigint>([['posted_short', short]]);
  sums.set(amounts.writeOffReason, (sums.get(amounts.writeOffReason) ?? 0n) + amounts.writtenOffNanoUsd);
  return sums;
}

export function customerEntry(
  entries: LedgerEntry[],
  kind: CustomerLedgerAccountKind,
  after: CustomerBalance,
  amountNanoUsd: bigint,
): void {
  if (amountNanoUsd === 0n) return;
  entries.push({
    ledgerAccountId: customerLedgerAccountId(kind, after.accountId),
    amountNanoUsd,
    version: after.ledgerVersion,
    postedAfterNanoUsd: kind === 'customer_paid' ? after.paidNanoUsd : after.promoNanoUsd,
  });
}

export function systemEntry(entries: LedgerEntry[], account: SystemLedgerAccount, amountNanoUsd: bigint): void {
  if (amountNanoUsd === 0n) return;
  entries.push({
    ledgerAccountId: account.ledgerAccountId,
    amountNanoUsd,
    version: null,
    postedAfterNanoUsd: null,
  });
}

function atLeastZero(amount: bigint): bigint {
  return amount > 0n ? amount : 0n;
}

function least(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}
