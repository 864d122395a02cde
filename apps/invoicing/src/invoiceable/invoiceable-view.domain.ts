import type { AccountId, invoicingApi } from '@apilink/contracts';
import type { Fen } from '@apilink/money';

import { consumedFen, type Lot, type LotProgress } from '../lot/lot.domain.js';
import type { EntryKind } from './invoiceable-entry.domain.js';

export interface InvoiceableFacts {
  readonly accountId: AccountId;
  readonly issuer: string | null;
  readonly sums: readonly {
    readonly kind: EntryKind;
    readonly invoiceableFen: Fen;
    readonly moneyFen: Fen;
    readonly from: number;
    readonly to: number;
  }[];
  readonly lots: readonly { readonly lot: Lot; readonly progress: LotProgress }[];
  readonly hasMoreLots: boolean;
  readonly eventsBehind: number | null;
}

/** 可开票金额 with the formula it is the result of. */
export function invoiceableView(facts: InvoiceableFacts): invoicingApi.Invoiceable {
  const { accountId, issuer, sums, lots, hasMoreLots, eventsBehind } = facts;
  const fenOf = (kind: EntryKind): Fen => sums.find((sum) => sum.kind === kind)?.invoiceableFen ?? 0n;
  const moneyOf = (kind: EntryKind): Fen => sums.find((sum) => sum.kind === kind)?.moneyFen ?? 0n;
  return {
    accountId,
    currency: 'CNY',
    basis: 'CONSUMPTION',
    issuer,
    invoiceableFen: sums.reduce((total, { invoiceableFen }) => total + invoiceableFen, 0n),
    terms: {
      consumedFen: fenOf('CONSUMED'),
      refundFen: fenOf('REFUND'),
      correctionFen: fenOf('CORRECTION'),
      holdFen: fenOf('HOLD'),
      releaseFen: fenOf('RELEASE'),
      invoicedFen: fenOf('INVOICED'),
      redFen: fenOf('RED'),
    },
    receipts: { paidFen: moneyOf('PAID'), refundedFen: moneyOf('REFUND') },
    lots: lots.map(lotView),
    hasMoreLots,
    data: {
      from: sums.length === 0 ? null : Math.min(...sums.map(({ from }) => from)),
      to: sums.length === 0 ? null : Math.max(...sums.map(({ to }) => to)),
      eventsBehind,
    },
  };
}

function lotView({ lot, progress }: InvoiceableFacts['lots'][number]): invoicingApi.InvoiceableLot {
  const { accountId: _accountId, ...told } = lot;
  return {
    ...told,
    refundedMinorUnits: progress.refundedMinorUnits,
    drawnNanoUsd: lot.isInvoiceable ? progress.drawnNanoUsd : null,
    consumedFen: consumedFen(lot, progress),
  };
}
