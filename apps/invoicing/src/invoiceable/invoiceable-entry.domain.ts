import type { AccountId, LotId } from '@apilink/contracts';
import type { Fen, NanoUsd } from '@apilink/money';

/**
 * Kinds of entries of the invoiceable ledger. PAID tells money, and moves 可开票金额 by nothing as long as the basis is
 * consumption; applications, issuance and red-letter fapiao write HOLD, RELEASE, INVOICED and RED, people CORRECTION.
 */
export const entryKinds = ['PAID', 'CONSUMED', 'REFUND', 'CORRECTION', 'HOLD', 'RELEASE', 'INVOICED', 'RED'] as const;
export type EntryKind = (typeof entryKinds)[number];

/** One fact about one lot, never changed. A source tells one fact of a kind about a lot once. */
export interface InvoiceableEntry {
  /** The id of the event that told it. */
  readonly sourceId: string;
  readonly lotId: LotId;
  readonly kind: EntryKind;
  readonly accountId: AccountId;
  /** What it changes of 可开票金额; the sum of an account's entries is the amount. */
  readonly invoiceableFen: Fen;
  /** RMB that moved between the customer and the issuer: paid is positive, given back negative, all else 0. */
  readonly moneyFen: Fen;
  /** Of CONSUMED: the cumulative draw that was told. */
  readonly drawnNanoUsd: NanoUsd | null;
  /** Of REFUND: what the lot's own currency gives back. */
  readonly refundedMinorUnits: bigint | null;
  /** The posting in billing's ledger: its time (ms since the epoch) and the account's version. */
  readonly postedAt: number;
  readonly ledgerVersion: number;
}
