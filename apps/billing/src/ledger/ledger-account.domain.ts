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
/** Why money was written off: the meter exceeded the hold, posted could not take it, or a late final found too little. */
export type WriteOffReason = 'estimate_shortfall' | 'posted_short' | 'late';

export interface SystemLedgerAccount {
  readonly ledgerAccountId: string;
  readonly kind: SystemLedgerAccountKind;
  readonly detail: string;
  readonly currency: 'USD' | 'CNY';
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

function systemAccount(kind: SystemLedgerAccountKind, detail = '', currency: 'USD' | 'CNY' = 'USD') {
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
};

/** Every ledger account that belongs to no customer. */
export const systemLedgerAccounts: readonly SystemLedgerAccount[] = [
  revenueAccount,
  providerCostAccount,
  providerClearingAccount,
  promoExpenseAccount,
  ...Object.values(writeOffAccounts),
  systemAccount('absorbed_cache'),
  systemAccount('suspense'),
  systemAccount('suspense', '', 'CNY'),
  systemAccount('fx_clearing'),
  systemAccount('fx_clearing', '', 'CNY'),
];
