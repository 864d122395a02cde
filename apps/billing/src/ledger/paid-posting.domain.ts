import type { SystemLedgerAccount } from './ledger-account.domain.js';
import { customerEntry, systemEntry, type CustomerBalance, type LedgerEntry } from './ledger.domain.js';

export interface PaidPosting {
  readonly balance: CustomerBalance;
  readonly entries: readonly LedgerEntry[];
}

/** A payment, or what a gap is given up by: paid and credited rise, and the gap below zero closes as far as it reaches. */
export function creditPaid(balance: CustomerBalance, amountNanoUsd: bigint, from: SystemLedgerAccount): PaidPosting {
  return movePaid(balance, amountNanoUsd, from);
}

/** A refund, or what a bank took back. Only the latter may take paid below zero: then there is a gap. */
export function debitPaid(balance: CustomerBalance, amountNanoUsd: bigint, to: SystemLedgerAccount): PaidPosting {
  return movePaid(balance, -amountNanoUsd, to);
}

/** How far below zero paid is, what is kept for refunds counted: the database allows it to be there, and no further. */
export function withGap(balance: CustomerBalance): CustomerBalance {
  const gap = balance.refundingNanoUsd - balance.paidNanoUsd;
  return { ...balance, gapNanoUsd: gap > 0n ? gap : 0n };
}

function movePaid(balance: CustomerBalance, amountNanoUsd: bigint, counterpart: SystemLedgerAccount): PaidPosting {
  const after: CustomerBalance = {
    ...balance,
    paidNanoUsd: balance.paidNanoUsd + amountNanoUsd,
    creditedNanoUsd: balance.creditedNanoUsd + amountNanoUsd,
    ledgerVersion: balance.ledgerVersion + 1n,
  };
  const entries: LedgerEntry[] = [];
  customerEntry(entries, 'customer_paid', after, amountNanoUsd);
  systemEntry(entries, counterpart, -amountNanoUsd);
  return { balance: withGap(after), entries };
}
