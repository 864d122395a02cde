import type { AccountId } from '@apilink/contracts';
import { v5 as uuidv5 } from 'uuid';

/** Names deterministic ids of the ledger. Never changed: an id made with another one would post a fact a second time. */
export const LEDGER_NAMESPACE = 'd3f1c2f4-6a0e-5b57-9a63-4f6c8f0b7e21';

export type CustomerLedgerAccountKind = 'customer_paid' | 'customer_promo';
export type SystemLedgerAccountKind =
  | 'revenue'
  | 'provider_cost'
  | 'absorbed_cache'
  | 'clearing'
  | 'suspense'
  | 'fx_clearing'
  | 'promo_expense'
  | 'write_off';
/**
 * Why money was written off: the meter exceeded the hold, posted could not take it, a late final found too little, or an
 * operator gave up what a chargeback left below zero.
 */
export type WriteOffReason = 'estimate_shortfall' | 'posted_short' | 'late' | 'operator';
export type LedgerCurrency = 'USD' | 'CNY';

export interface SystemLedgerAccount {
  readonly ledgerAccountId: string;
  readonly kind: SystemLedgerAccountKind;
  readonly detail: string;
  readonly currency: LedgerCurrency;
}

/** Ids already computed: a batch names the same customers again and again, and each id is a SHA-1. */
const customerIds = new Map<string, string>();
const CUSTOMER_IDS_MAX = 100_000;

export function customerLedgerAccountId(kind: CustomerLedgerAccountKind, accountId: AccountId): string {
  const name = `ledger_account:${kind}:${accountId}`;
  const known = customerIds.get(name);
  if (known !== undefined) return known;
  if (customerIds.size >= CUSTOMER_IDS_MAX) customerIds.clear();
  const ledgerAccountId = uuidv5(name, LEDGER_NAMESPACE);
  customerIds.set(name, ledgerAccountId);
  return ledgerAccountId;
}

function systemAccount(kind: SystemLedgerAccountKind, detail = '', currency: LedgerCurrency = 'USD') {
  return {
    ledgerAccountId: uuidv5(`ledger_account:${kind}:${detail}:${currency}`, LEDGER_NAMESPACE),
    kind,
    detail,
    currency,
  } satisfies SystemLedgerAccount;
}

export const revenueAccount = systemAccount('revenue');
export const providerCostAccount = systemAccount('provider_cost');
/** What we owe providers for attempts, failed ones included, until their invoice is paid. */
export const providerClearingAccount = systemAccount('clearing', 'provider');
export const promoExpenseAccount = systemAccount('promo_expense');
export const writeOffAccounts: Readonly<Record<WriteOffReason, SystemLedgerAccount>> = {
  estimate_shortfall: systemAccount('write_off', 'estimate_shortfall'),
  posted_short: systemAccount('write_off', 'posted_short'),
  late: systemAccount('write_off', 'late'),
  operator: systemAccount('write_off', 'operator'),
};
/** Premiums of cache writes that we take on ourselves: sold below their list price, by policy. */
export const absorbedCacheAccount = systemAccount('absorbed_cache');
/** Money that has arrived and is not yet anybody's. */
export const suspenseAccounts: Readonly<Record<LedgerCurrency, SystemLedgerAccount>> = {
  USD: systemAccount('suspense'),
  CNY: systemAccount('suspense', '', 'CNY'),
};
/** Where RMB becomes dollars: what came in, in fen, and what was credited for it. */
export const fxClearingAccounts: Readonly<Record<LedgerCurrency, SystemLedgerAccount>> = {
  USD: systemAccount('fx_clearing'),
  CNY: systemAccount('fx_clearing', '', 'CNY'),
};

/** What a payment channel has received and not yet paid out to us. It is opened with its first payment. */
export function clearingAccount(channel: string, currency: LedgerCurrency): SystemLedgerAccount {
  return systemAccount('clearing', channel, currency);
}

/** Every ledger account that belongs to no customer, but for the channels' own. */
export const systemLedgerAccounts: readonly SystemLedgerAccount[] = [
  revenueAccount,
  providerCostAccount,
  providerClearingAccount,
  promoExpenseAccount,
  ...Object.values(writeOffAccounts),
  absorbedCacheAccount,
  ...Object.values(suspenseAccounts),
  ...Object.values(fxClearingAccounts),
];
