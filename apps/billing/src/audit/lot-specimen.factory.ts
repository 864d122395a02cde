import { creditOfCents, creditOfFen } from '@apilink/money';

import {
  clearingAccount,
  fxClearingAccounts,
  type LedgerCurrency,
  type SystemLedgerAccount,
} from '../ledger/ledger-account.domain.js';
import { customerLedgerAccountId } from '../ledger/ledger-account.domain.js';
import { transferIdOf, type TransferKind } from '../ledger/ledger.domain.js';
import type { Specimen, SpecimenRow } from './audit.domain.js';
import { createCustomerSpecimen, specimenAccountId, specimenLedgerVersion } from './specimen.factory.js';

const AT = '2026-11-22T08:00:00.000Z';
const QUOTE_ID = '00000004-0000-7000-8000-000000000000';
const CENTS = 2n;
const FEN = 1_000n;
/** 7.159017 CNY for one USD. */
const RATE = 715_901_700n;

/** The two payments: dollars of which one cent was refunded and one taken back by the bank, and RMB given back whole. */
export const specimenLots = {
  gift: transferIdOf('credit_granted', 'specimen'),
  usd: transferIdOf('topup_paid', 'topup:specimen:usd'),
  rmb: transferIdOf('topup_paid', 'topup:specimen:rmb'),
} as const;
export const specimenRefunds = {
  usd: '00000005-0000-7000-8000-000000000000',
  rmb: '00000006-0000-7000-8000-000000000000',
} as const;
export const specimenChargeback = transferIdOf('chargeback_opened', 'specimen');

const usdCredit = creditOfCents(CENTS);
const rmbCredit = creditOfFen(FEN, RATE);

/** Books of payments that have gone back whole: beside the specimen's gift they change no balance. */
class SpecimenBooks {
  readonly transfers: SpecimenRow[] = [];
  readonly entries: SpecimenRow[] = [];
  #paid = 0n;

  /** `version`: of the customer before the first posting. */
  constructor(public version: bigint) {}

  postPaid(kind: TransferKind, ref: string, amount: bigint, counterpart: SystemLedgerAccount): string {
    this.version += 1n;
    this.#paid += amount;
    const transferId = this.#transfer(kind, ref);
    const running = { version: this.version.toString(), posted_after: this.#paid.toString() };
    const customer = customerLedgerAccountId('customer_paid', specimenAccountId);
    this.entries.push({ ...entryRow(transferId, customer, amount, 'USD'), ...running });
    this.entries.push(entryRow(transferId, counterpart.ledgerAccountId, -amount, 'USD'));
    return transferId;
  }

  move(kind: TransferKind, ref: string, fen: bigint, [from, to]: readonly SystemLedgerAccount[]): string {
    const transferId = this.#transfer(kind, ref);
    this.entries.push(entryRow(transferId, from?.ledgerAccountId ?? '', -fen, 'CNY'));
    this.entries.push(entryRow(transferId, to?.ledgerAccountId ?? '', fen, 'CNY'));
    return transferId;
  }

  #transfer(kind: TransferKind, ref: string): string {
    const transferId = transferIdOf(kind, ref);
    const row = { transfer_id: transferId, kind, ref, request_hash: '', actor: 'specimen', posted_at: AT };
    this.transfers.push(row);
    return transferId;
  }
}

/** Lots, refunds, chargebacks and quotes, and the books of the specimen's customer with their postings. */
export function lotTables(): Specimen {
  const customer = createCustomerSpecimen();
  const books = new SpecimenBooks(specimenLedgerVersion);
  const clearing = { USD: clearingAccount('specimen', 'USD'), CNY: clearingAccount('specimen', 'CNY') };
  const received = books.move('topup_received', 'topup:specimen:rmb', FEN, [clearing.CNY, fxClearingAccounts.CNY]);
  books.postPaid('topup_paid', 'topup:specimen:usd', usdCredit, clearing.USD);
  books.postPaid('topup_paid', 'topup:specimen:rmb', rmbCredit, fxClearingAccounts.USD);
  const refundUsd = books.postPaid('topup_refunded', 'specimen-usd', -creditOfCents(1n), clearing.USD);
  books.postPaid('chargeback_opened', 'specimen', -creditOfCents(1n), clearing.USD);
  books.move('refund_paid_out', 'specimen-rmb', FEN, [fxClearingAccounts.CNY, clearing.CNY]);
  const refundRmb = books.postPaid('topup_refunded', 'specimen-rmb', -rmbCredit, fxClearingAccounts.USD);
  return {
    gate_balances: (customer['gate_balances'] ?? []).map((row) => ({
      ...row,
      refunding_nano_usd: '0',
      gap_nano_usd: '0',
      ledger_version: books.version.toString(),
    })),
    ledger_accounts: [...(customer['ledger_accounts'] ?? []), ...Object.values(clearing).map(accountRow)],
    ledger_transfers: [...(customer['ledger_transfers'] ?? []), ...books.transfers],
    ledger_entries: [...(customer['ledger_entries'] ?? []), ...books.entries],
    fx_quotes: [{ quote_id: QUOTE_ID, base: 'USD', quote: 'CNY', rate: '7.15901700' }],
    lots: lotRows(received),
    refunds: [
      refundRow(specimenRefunds.usd, { lot_id: specimenLots.usd, transfer_id: refundUsd, currency: 'USD' }, [
        1n,
        creditOfCents(1n),
      ]),
      refundRow(specimenRefunds.rmb, { lot_id: specimenLots.rmb, transfer_id: refundRmb, currency: 'CNY' }, [
        FEN,
        rmbCredit,
      ]),
    ],
    chargebacks: [
      {
        chargeback_id: specimenChargeback,
        account_id: specimenAccountId,
        lot_id: specimenLots.usd,
        currency: 'USD',
        minor_units: '1',
        debit_nano_usd: creditOfCents(1n).toString(),
      },
    ],
    gap_write_offs: [],
  };
}

function lotRows(received: string): readonly SpecimenRow[] {
  const gift = { ...lotRow(specimenLots.gift, 'promo'), credit_nano_usd: '1000', drawn_nano_usd: '560' };
  const usd = {
    ...lotRow(specimenLots.usd, 'paid'),
    paid_minor_units: CENTS.toString(),
    credit_nano_usd: usdCredit.toString(),
    refunded_nano_usd: creditOfCents(1n).toString(),
    refunded_minor_units: '1',
    charged_back_nano_usd: creditOfCents(1n).toString(),
    charged_back_minor_units: '1',
  };
  const rmb = {
    ...lotRow(specimenLots.rmb, 'paid'),
    currency: 'CNY',
    paid_minor_units: FEN.toString(),
    credit_nano_usd: rmbCredit.toString(),
    refunded_nano_usd: rmbCredit.toString(),
    refunded_minor_units: FEN.toString(),
    fx_quote_id: QUOTE_ID,
    received_transfer_id: received,
  };
  return [gift, usd, rmb];
}

function lotRow(lotId: string, kind: 'promo' | 'paid'): SpecimenRow {
  const nothing = { drawn_nano_usd: '0', refunding_nano_usd: '0', refunded_nano_usd: '0', refunded_minor_units: '0' };
  const taken = { charged_back_nano_usd: '0', charged_back_minor_units: '0', written_off_nano_usd: '0' };
  const owner = { lot_id: lotId, account_id: specimenAccountId, kind, currency: 'USD', paid_minor_units: '0' };
  return { ...owner, ...nothing, ...taken };
}

function refundRow(refundId: string, facts: SpecimenRow, [minorUnits, debit]: readonly bigint[]): SpecimenRow {
  const amounts = { minor_units: String(minorUnits), debit_nano_usd: String(debit) };
  return { refund_id: refundId, account_id: specimenAccountId, state: 'posted', ...facts, ...amounts };
}

function accountRow({ ledgerAccountId, kind, detail, currency }: SystemLedgerAccount): SpecimenRow {
  return { ledger_account_id: ledgerAccountId, kind, detail, currency };
}

function entryRow(transferId: string, ledgerAccountId: string, amount: bigint, currency: LedgerCurrency): SpecimenRow {
  const row = { transfer_id: transferId, ledger_account_id: ledgerAccountId, currency, amount: amount.toString() };
  return { ...row, version: null, posted_after: null };
}
