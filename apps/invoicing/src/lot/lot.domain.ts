import type { AccountId, LotId } from '@apilink/contracts';
import type { Fen, NanoUsd } from '@apilink/money';

/** One paid top-up as it was told: immutable. */
export interface Lot {
  readonly lotId: LotId;
  readonly accountId: AccountId;
  readonly channel: string;
  /** The channel's own number of the payment. */
  readonly reference: string;
  readonly receivingEntity: string;
  readonly currency: 'USD' | 'CNY';
  /** Fen or cents, as the currency says. */
  readonly paidMinorUnits: bigint;
  readonly creditNanoUsd: NanoUsd;
  /** RMB that the issuer of fapiao received; fixed when it was paid. */
  readonly isInvoiceable: boolean;
  /** Milliseconds since the epoch. */
  readonly paidAt: number;
}

/** How far a lot is used: the highest cumulative draw and the sum of refunds that were told. */
export interface LotProgress {
  readonly drawnNanoUsd: NanoUsd;
  readonly refundedMinorUnits: bigint;
}

export const untouched: LotProgress = { drawnNanoUsd: 0n, refundedMinorUnits: 0n };

/**
 * RMB of a lot that was consumed: `round(fen × drawn / credit)` of the cumulative draw, because rounding each request
 * by itself destroys it (docs/money.md: ¥100.00 over 30,000 calls would be ¥0.14). Money that was given back was not
 * paid for anything, so it is never more than what is left of the payment. 0 for whatever the issuer did not receive.
 */
export function consumedFen(lot: Lot, { drawnNanoUsd, refundedMinorUnits }: LotProgress): Fen {
  if (!lot.isInvoiceable || lot.creditNanoUsd === 0n) return 0n;
  const drawn = roundedShare(lot.paidMinorUnits, drawnNanoUsd, lot.creditNanoUsd);
  const kept = lot.paidMinorUnits - refundedMinorUnits;
  return drawn < kept ? drawn : kept;
}

/** `amount × part / whole`, half away from zero; none of them is negative, and `whole` is above zero. */
export function roundedShare(amount: Fen, part: bigint, whole: bigint): Fen {
  return (2n * amount * part + whole) / (2n * whole);
}
