import { encodeWireId, lotIdSchema, NANO_USD_CEILING, type AccountId, type LotId } from '@apilink/contracts';
import type { GateWriter } from '@apilink/holds';
import { creditOfCents, creditOfFen, formatFxRate, type FxRate, type NanoUsd } from '@apilink/money';
import type { Sql } from '@apilink/postgres';
import { ApiError } from '@apilink/service';

import type { FxQuoteRepository } from '../fx/fx-quote.repository.js';
import {
  clearingAccount,
  fxClearingAccounts,
  suspenseAccounts,
  type LedgerCurrency,
  type SystemLedgerAccount,
} from '../ledger/ledger-account.domain.js';
import { topupPaidEvent } from '../ledger/payment-event.factory.js';
import { postedOf, transferIdOf, type CustomerBalance } from '../ledger/ledger.domain.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import type { PaidBalanceRepository } from '../ledger/paid-balance.repository.js';
import { creditPaid } from '../ledger/paid-posting.domain.js';
import type { SystemTransferRepository } from '../ledger/system-transfer.repository.js';
import { gateBalanceOf } from '../settlement/gate-change.factory.js';
import type { OutboxWriter } from '../settlement/settlement-writer.service.js';
import { LotBook, untouchedLot, type Lot } from './lot.domain.js';
import type { LotRecord, LotRepository } from './lot.repository.js';

/** A payment that has been received and whose credit is to be posted. */
export interface PaidLot {
  readonly accountId: AccountId;
  /** The payment channel: `sandbox`, `bank_transfer`. */
  readonly channel: string;
  /** The channel's own number of the payment: one lot for it, for ever. */
  readonly reference: string;
  readonly currency: LedgerCurrency;
  /** Cents or fen, as the currency says; above zero. */
  readonly paidMinorUnits: bigint;
  /** What it is credited as: cents × 10^7, or floor(fen at the quote's rate). Anything else is refused. */
  readonly creditNanoUsd: NanoUsd;
  /** The quote that RMB is credited with; null for USD. It may have ended since it was promised. */
  readonly fxQuote: { readonly quoteId: string; readonly rate: FxRate } | null;
  /** Who received the money: only what the mainland entity received is invoiceable. */
  readonly receivingEntity: string;
  readonly payer: string | null;
  readonly actor: string;
  /** `topup:<channel>:<reference>`: the same again answers what the first one did. */
  readonly businessKey: string;
  /** Where the money is: with the channel, or in suspense because it arrived without a checkout. */
  readonly fundedFrom?: 'clearing' | 'suspense';
}

export interface OpenedLot {
  readonly transferId: string;
  readonly lotId: LotId;
  readonly postedNanoUsd: NanoUsd;
}

export interface LotParts {
  readonly ledger: LedgerRepository;
  readonly paidBalances: PaidBalanceRepository;
  readonly systemTransfers: SystemTransferRepository;
  readonly lots: LotRepository;
  readonly fxQuotes: FxQuoteRepository;
  readonly gateTeller: GateWriter;
  readonly writeOutbox: OutboxWriter;
}

/** Opens lots for payments. */
export class LotService {
  constructor(private readonly parts: LotParts) {}

  /**
   * Posts a top-up in the caller's transaction: the channel's clearing (or suspense) → fx_clearing for RMB → the
   * customer; the lot, `topup.paid` and what the gate is told with it. After the commit wait for the gate with
   * `GateLoadService.follow`. Rejects with ApiError `not_found` for an unknown account and `invalid_parameter` for
   * anything that does not fit together; then nothing is posted.
   */
  async openPaidLot(sql: Sql, paid: PaidLot): Promise<OpenedLot> {
    const balance = (await this.parts.ledger.lockBalances(sql, [paid.accountId])).get(paid.accountId);
    if (balance === undefined) throw new ApiError('not_found', { detail: 'this account' });
    const transferId = transferIdOf('topup_paid', paid.businessKey);
    const lotId = lotIdSchema.out.parse(transferId);
    const before =
      (await this.parts.lots.find(sql, lotId)) ??
      (await this.parts.lots.findByReference(sql, paid.channel, paid.reference));
    if (before !== null) {
      checkRepetition(before, paid);
      return { transferId: before.lotId, lotId: before.lotId, postedNanoUsd: postedOf(balance) };
    }
    await this.#check(sql, paid, balance);
    return { transferId, lotId, postedNanoUsd: await this.#post(sql, paid, balance) };
  }

  async #check(sql: Sql, paid: PaidLot, balance: CustomerBalance): Promise<void> {
    if (paid.paidMinorUnits <= 0n) throw invalid('paidMinorUnits', 'a payment is above zero');
    if (!/^[a-z][a-z0-9_-]{0,63}$/.test(paid.channel) || paid.channel === 'provider') {
      throw invalid('channel', 'it is the short name of a payment channel');
    }
    const credit = await this.#creditOf(sql, paid);
    if (credit !== paid.creditNanoUsd || credit <= 0n) {
      throw invalid('creditNanoUsd', `the payment is worth ${credit} nano-USD, not ${paid.creditNanoUsd}`);
    }
    if (balance.creditedNanoUsd + credit > NANO_USD_CEILING) {
      throw invalid('creditNanoUsd', 'the account would hold more than 9,000,000 USD');
    }
  }

  async #creditOf(sql: Sql, { currency, paidMinorUnits, fxQuote }: PaidLot): Promise<NanoUsd> {
    if (currency === 'USD') {
      if (fxQuote !== null) throw invalid('fxQuote', 'USD is credited as it is');
      return creditOfCents(paidMinorUnits);
    }
    if (fxQuote === null) throw invalid('fxQuote', `${currency} needs the quote that it is credited with`);
    const quote = await this.parts.fxQuotes.find(sql, fxQuote.quoteId);
    if (quote?.currency !== currency || quote.rate !== fxQuote.rate) {
      throw invalid('fxQuote', `there is no quote ${fxQuote.quoteId} of this rate for ${currency}`);
    }
    return creditOfFen(paidMinorUnits, quote.rate);
  }

  async #post(sql: Sql, paid: PaidLot, before: CustomerBalance): Promise<bigint> {
    const { ledger, systemTransfers, paidBalances, gateTeller, writeOutbox } = this.parts;
    const { accountId, creditNanoUsd } = paid;
    const transferId = transferIdOf('topup_paid', paid.businessKey);
    const lotId = lotIdSchema.out.parse(transferId);
    const receivedTransferId = paid.currency === 'USD' ? null : await this.#receive(sql, paid);
    const source = paid.currency === 'USD' ? sourceOf(paid) : fxClearingAccounts.USD;
    await systemTransfers.open(sql, source);
    const { balance, entries } = creditPaid(before, creditNanoUsd, source);
    const transfer = { transferId, kind: 'topup_paid' as const, ref: paid.businessKey };
    await ledger.insertTransfers(sql, [{ ...transfer, requestHash: hashOf(paid), actor: paid.actor, entries }]);
    const openedAt = await this.#insertLot(sql, { ...newLotOf(paid, lotId), ...originOf(paid), receivedTransferId });
    const told = await paidBalances.update(sql, balance);
    await writeOutbox(sql, [
      topupPaidEvent({
        accountId,
        transferId,
        postedNanoUsd: postedOf(told),
        ledgerVersion: told.ledgerVersion,
        postedAt: openedAt,
        lotId,
        channel: paid.channel,
        reference: paid.reference,
        currency: paid.currency,
        paidMinorUnits: paid.paidMinorUnits,
        creditNanoUsd,
        fxQuote: toldQuoteOf(paid.fxQuote),
        receivingEntity: paid.receivingEntity,
        payer: paid.payer,
      }),
    ]);
    await gateTeller.write(sql, [{ accountId, balance: gateBalanceOf(told) }]);
    return postedOf(told);
  }

  /** The first of the two linked transfers of a conversion: fen into fx_clearing. */
  async #receive(sql: Sql, paid: PaidLot): Promise<string> {
    const transferId = transferIdOf('topup_received', paid.businessKey);
    await this.parts.systemTransfers.insert(sql, {
      transferId,
      kind: 'topup_received',
      ref: paid.businessKey,
      requestHash: hashOf(paid),
      actor: paid.actor,
      currency: paid.currency,
      from: sourceOf(paid),
      to: fxClearingAccounts[paid.currency],
      amount: paid.paidMinorUnits,
    });
    return transferId;
  }

  /** What a chargeback has left below zero is paid first. */
  async #insertLot(sql: Sql, lot: Parameters<LotRepository['insert']>[1]): Promise<number> {
    const { lots } = this.parts;
    const book = new LotBook((await lots.findUnspent(sql, [lot.accountId])).get(lot.accountId) ?? []);
    book.add(lot);
    book.fillGap();
    const opened = book.lots.find(({ lotId }) => lotId === lot.lotId) ?? lot;
    const openedAt = await lots.insert(sql, { ...lot, drawnNanoUsd: opened.drawnNanoUsd });
    await lots.update(
      sql,
      book.changed.filter(({ lotId }) => lotId !== lot.lotId),
    );
    return openedAt;
  }
}

function newLotOf(paid: PaidLot, lotId: LotId): Lot {
  return {
    lotId,
    accountId: paid.accountId,
    kind: 'paid',
    currency: paid.currency,
    paidMinorUnits: paid.paidMinorUnits,
    creditNanoUsd: paid.creditNanoUsd,
    ...untouchedLot,
  };
}

function originOf({ channel, reference, receivingEntity, payer, fxQuote }: PaidLot) {
  return { channel, reference, receivingEntity, payer, fxQuoteId: fxQuote?.quoteId ?? null };
}

function sourceOf({ channel, currency, fundedFrom }: PaidLot): SystemLedgerAccount {
  return fundedFrom === 'suspense' ? suspenseAccounts[currency] : clearingAccount(channel, currency);
}

function hashOf(paid: PaidLot): string {
  return `${paid.accountId}/${paid.currency}/${paid.paidMinorUnits}/${paid.creditNanoUsd}`;
}

/** The wire form of a quote: its id, and the rate as CNY for one USD. */
export function toldQuoteOf(quote: PaidLot['fxQuote']): { quoteId: string; rate: string } | null {
  return quote === null ? null : { quoteId: encodeWireId('fxq', quote.quoteId), rate: formatFxRate(quote.rate) };
}

/** A payment that was posted with other facts is another payment under the same name: refused, never posted or forgotten. */
function checkRepetition(before: LotRecord, paid: PaidLot): void {
  const isSame =
    before.accountId === paid.accountId &&
    before.currency === paid.currency &&
    before.paidMinorUnits === paid.paidMinorUnits &&
    before.channel === paid.channel &&
    before.reference === paid.reference;
  if (!isSame) throw invalid('reference', 'it was posted before as another payment');
}

function invalid(param: string, detail: string): ApiError {
  return new ApiError('invalid_parameter', { param, detail });
}
