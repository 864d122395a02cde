import type { ChargebackOpened, LotId, TopupPaid, TopupRefunded, UsageSettled } from '@apilink/contracts';

import { consumedFen, untouched, type Lot, type LotProgress } from '../lot/lot.domain.js';
import type { InvoiceableEntry } from './invoiceable-entry.domain.js';

/** Why an event contradicts what is known; the first word of a dead letter's reason. */
export type Contradiction = 'unknown_lot' | 'foreign_lot' | 'known_lot' | 'repeated_lot' | 'overdrawn' | 'overrefunded';

interface OpenLot {
  readonly lot: Lot;
  readonly progress: LotProgress;
}

/**
 * The lots that a batch of ledger events touches. It is opened with what the tables say, takes events in their order,
 * and collects what has to be added. An entry is the difference that its event makes to the lot's amount, so the entries
 * of a lot always add up to one rounding of its cumulative draw, in whatever portions and order it was told.
 */
export class InvoiceableBook {
  readonly #lots = new Map<LotId, OpenLot>();
  readonly #sources: Set<string>;
  readonly #newLots: Lot[] = [];
  readonly #newEntries: InvoiceableEntry[] = [];

  /** `issuer`: the receiving entity whose RMB is invoiceable; null = none. `sources`: events that were taken before. */
  constructor(
    private readonly issuer: string | null,
    lots: readonly OpenLot[],
    sources: Iterable<string>,
  ) {
    for (const open of lots) this.#lots.set(open.lot.lotId, open);
    this.#sources = new Set(sources);
  }

  get newLots(): readonly Lot[] {
    return this.#newLots;
  }

  get newEntries(): readonly InvoiceableEntry[] {
    return this.#newEntries;
  }

  /** A lot begins. Each of these answers null, or why the event is refused; then it has changed nothing. */
  pay(sourceId: string, paid: TopupPaid): Contradiction | null {
    if (this.#sources.has(sourceId)) return null;
    if (this.#lots.has(paid.lotId)) return 'known_lot';
    const lot: Lot = {
      lotId: paid.lotId,
      accountId: paid.accountId,
      channel: paid.channel,
      reference: paid.reference,
      receivingEntity: paid.receivingEntity,
      currency: paid.currency,
      paidMinorUnits: paid.paidMinorUnits,
      creditNanoUsd: paid.creditNanoUsd,
      isInvoiceable: paid.currency === 'CNY' && paid.receivingEntity === this.issuer,
      paidAt: paid.postedAt,
    };
    this.#newLots.push(lot);
    const entry = this.#entry('PAID', sourceId, lot, paid);
    this.#add({ ...entry, moneyFen: lot.isInvoiceable ? lot.paidMinorUnits : 0n }, { lot, progress: untouched });
    return null;
  }

  /** Usage draws from lots. A gift is none; a lot that is not invoiceable keeps no account of its draws. */
  draw(sourceId: string, settled: UsageSettled): Contradiction | null {
    const draws = (settled.draws ?? []).filter(({ drawnNanoUsd }) => drawnNanoUsd > 0n);
    if (draws.length === 0 || this.#sources.has(sourceId)) return null;
    if (new Set(draws.map(({ lotId }) => lotId)).size < draws.length) return 'repeated_lot';
    const checked: { open: OpenLot; drawnNanoUsd: bigint }[] = [];
    for (const { lotId, drawnNanoUsd } of draws) {
      const open = this.#lots.get(lotId);
      if (open === undefined) return 'unknown_lot';
      if (open.lot.accountId !== settled.accountId) return 'foreign_lot';
      if (drawnNanoUsd > open.lot.creditNanoUsd) return 'overdrawn';
      if (open.lot.isInvoiceable) checked.push({ open, drawnNanoUsd });
    }
    for (const { open, drawnNanoUsd } of checked) {
      const { lot, progress } = open;
      const highest = drawnNanoUsd > progress.drawnNanoUsd ? drawnNanoUsd : progress.drawnNanoUsd;
      const entry = this.#entry('CONSUMED', sourceId, lot, settled);
      this.#add({ ...entry, drawnNanoUsd }, { lot, progress: { ...progress, drawnNanoUsd: highest } }, open);
    }
    return null;
  }

  /** A bank took money of a lot back: as if it had been given back. */
  takeBack(sourceId: string, { chargedBackMinorUnits, ...taken }: ChargebackOpened): Contradiction | null {
    return this.refund(sourceId, { ...taken, refundedMinorUnits: chargedBackMinorUnits });
  }

  /** Money of a lot is given back. What was not consumed yet reduces nothing. */
  refund(sourceId: string, refunded: Omit<TopupRefunded, 'refundId'>): Contradiction | null {
    if (this.#sources.has(sourceId)) return null;
    const open = this.#lots.get(refunded.lotId);
    if (open === undefined) return 'unknown_lot';
    const { lot, progress } = open;
    if (lot.accountId !== refunded.accountId || lot.currency !== refunded.currency) return 'foreign_lot';
    const refundedMinorUnits = progress.refundedMinorUnits + refunded.refundedMinorUnits;
    if (refundedMinorUnits > lot.paidMinorUnits) return 'overrefunded';
    const entry = this.#entry('REFUND', sourceId, lot, refunded);
    const moneyFen = lot.isInvoiceable ? -refunded.refundedMinorUnits : 0n;
    this.#add(
      { ...entry, moneyFen, refundedMinorUnits: refunded.refundedMinorUnits },
      { lot, progress: { ...progress, refundedMinorUnits } },
      open,
    );
    return null;
  }

  #entry(
    kind: InvoiceableEntry['kind'],
    sourceId: string,
    { lotId, accountId }: Lot,
    { postedAt, version }: { readonly postedAt: number; readonly version: number },
  ): InvoiceableEntry {
    const nothing = { invoiceableFen: 0n, moneyFen: 0n, drawnNanoUsd: null, refundedMinorUnits: null };
    return { sourceId, lotId, kind, accountId, ...nothing, postedAt, ledgerVersion: version };
  }

  #add(entry: InvoiceableEntry, after: OpenLot, before: OpenLot = after): void {
    const invoiceableFen = consumedFen(after.lot, after.progress) - consumedFen(before.lot, before.progress);
    this.#newEntries.push({ ...entry, invoiceableFen });
    this.#lots.set(after.lot.lotId, after);
    this.#sources.add(entry.sourceId);
  }
}
