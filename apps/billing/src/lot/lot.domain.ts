import type { AccountId, LotId } from '@apilink/contracts';
import { shareOfPayment, type NanoUsd } from '@apilink/money';

import type { LedgerCurrency } from '../ledger/ledger-account.domain.js';

/** One grant or one payment, and how much of it is left. It is named by the transfer that credited it. */
export interface Lot {
  readonly lotId: LotId;
  readonly accountId: AccountId;
  readonly kind: 'promo' | 'paid';
  readonly currency: LedgerCurrency;
  /** Cents or fen, as the currency says; 0 where nobody paid. */
  readonly paidMinorUnits: bigint;
  readonly creditNanoUsd: NanoUsd;
  readonly drawnNanoUsd: NanoUsd;
  /** Kept for refunds that are on their way: nothing draws it. */
  readonly refundingNanoUsd: NanoUsd;
  readonly refundedNanoUsd: NanoUsd;
  readonly refundedMinorUnits: bigint;
  readonly chargedBackNanoUsd: NanoUsd;
  readonly chargedBackMinorUnits: bigint;
  /** What of a charged-back lot an operator gave up. */
  readonly writtenOffNanoUsd: NanoUsd;
}

/** How a lot begins. */
export const untouchedLot = {
  drawnNanoUsd: 0n,
  refundingNanoUsd: 0n,
  refundedNanoUsd: 0n,
  refundedMinorUnits: 0n,
  chargedBackNanoUsd: 0n,
  chargedBackMinorUnits: 0n,
  writtenOffNanoUsd: 0n,
} as const;

/** What a paid lot has given in all, a posting of usage included. */
export interface LotDraw {
  readonly lotId: LotId;
  readonly drawnNanoUsd: NanoUsd;
  /** RMB of a lot that was paid in it, in fen; null otherwise. */
  readonly drawnFen: bigint | null;
}

/** Balance and lots of one account disagree: corrupt data. Nothing is posted on a guess. */
export class LotInvariantError extends Error {
  override readonly name = 'LotInvariantError';
}

/** What of it is in the balance. Below zero only where a bank took back more than was left. */
export function remainingOf(lot: Lot): NanoUsd {
  return lot.creditNanoUsd - lot.drawnNanoUsd - lot.refundedNanoUsd - lot.chargedBackNanoUsd + lot.writtenOffNanoUsd;
}

/** What usage or a refund may still take. */
export function unusedOf(lot: Lot): NanoUsd {
  const unused = remainingOf(lot) - lot.refundingNanoUsd;
  return unused > 0n ? unused : 0n;
}

/**
 * RMB that was consumed of a lot: floor of the cumulative share, and all that was not given back once the lot is empty,
 * so that ¥100.00 in 30,000 calls are exactly ¥100.00. Null for lots that were not paid in RMB.
 */
export function drawnFenOf(lot: Lot): bigint | null {
  if (lot.currency !== 'CNY') return null;
  const kept = lot.paidMinorUnits - lot.refundedMinorUnits - lot.chargedBackMinorUnits;
  if (remainingOf(lot) === 0n) return kept;
  const share = shareOfPayment(lot.paidMinorUnits, lot.drawnNanoUsd, lot.creditNanoUsd);
  return share < kept ? share : kept;
}

/**
 * The minor units that giving back so much of a lot's credit is worth: floor of the cumulative share, so that a lot that
 * was never used is given back whole.
 */
export function refundMinorUnitsOf(lot: Lot, amountNanoUsd: NanoUsd): bigint {
  const given = lot.refundedNanoUsd + lot.chargedBackNanoUsd;
  const before = lot.refundedMinorUnits + lot.chargedBackMinorUnits;
  const share = shareOfPayment(lot.paidMinorUnits, given + amountNanoUsd, lot.creditNanoUsd) - before;
  return share > 0n ? share : 0n;
}

/** The lots of one account in their order, under its lock: what is taken is taken from them. */
export class LotBook {
  readonly #lots: Lot[];
  readonly #changed = new Set<LotId>();

  /** `lots`: all that are not spent, first opened first. */
  constructor(lots: readonly Lot[]) {
    this.#lots = [...lots];
  }

  /** Lots that differ from what was read. */
  get changed(): readonly Lot[] {
    return this.#lots.filter(({ lotId }) => this.#changed.has(lotId));
  }

  get lots(): readonly Lot[] {
    return this.#lots;
  }

  /** Usage: gifts first, then payments, each the oldest first. Returns what the paid ones have given by now. */
  draw(promoNanoUsd: NanoUsd, paidNanoUsd: NanoUsd): readonly LotDraw[] {
    this.#take('promo', promoNanoUsd);
    return this.#take('paid', paidNanoUsd);
  }

  add(lot: Lot): void {
    this.#lots.push(lot);
  }

  change(lotId: LotId, change: (lot: Lot) => Lot): Lot {
    const index = this.#lots.findIndex((lot) => lot.lotId === lotId);
    const before = this.#lots[index];
    if (before === undefined) throw new LotInvariantError(`lot ${lotId} is not there`);
    return this.#put(index, change(before));
  }

  /**
   * Usage that was drawn from money which a bank has taken back is drawn from other payments instead, as far as there
   * are any: whoever pays later pays that first.
   */
  fillGap(): void {
    for (const [index, lot] of this.#lots.entries()) {
      const owed = -remainingOf(lot);
      if (owed <= 0n) continue;
      const moved = this.#moveTo(owed);
      if (moved > 0n) this.#put(index, { ...lot, drawnNanoUsd: lot.drawnNanoUsd - moved });
    }
  }

  #moveTo(owedNanoUsd: NanoUsd): NanoUsd {
    let owed = owedNanoUsd;
    for (const [index, lot] of this.#lots.entries()) {
      if (lot.kind !== 'paid' || owed === 0n) continue;
      const moved = least(owed, unusedOf(lot));
      if (moved === 0n) continue;
      this.#put(index, { ...lot, drawnNanoUsd: lot.drawnNanoUsd + moved });
      owed -= moved;
    }
    return owedNanoUsd - owed;
  }

  #take(kind: Lot['kind'], amountNanoUsd: NanoUsd): readonly LotDraw[] {
    const draws: LotDraw[] = [];
    let left = amountNanoUsd;
    for (let index = 0; index < this.#lots.length && left > 0n; index += 1) {
      const lot = this.#lots[index];
      if (lot?.kind !== kind) continue;
      const taken = least(left, unusedOf(lot));
      if (taken === 0n) continue;
      left -= taken;
      const after = this.#put(index, { ...lot, drawnNanoUsd: lot.drawnNanoUsd + taken });
      draws.push({ lotId: after.lotId, drawnNanoUsd: after.drawnNanoUsd, drawnFen: drawnFenOf(after) });
    }
    if (left > 0n) throw new LotInvariantError(`${kind} lots lack ${left} nano-USD of what the balance holds`);
    return draws;
  }

  #put(index: number, lot: Lot): Lot {
    this.#lots[index] = lot;
    this.#changed.add(lot.lotId);
    return lot;
  }
}

function least(left: NanoUsd, right: NanoUsd): NanoUsd {
  return left < right ? left : right;
}
