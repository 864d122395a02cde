import { creditOfCents, creditOfFen, formatFxRate, type FxRate } from '@apilink/money';

import type { Money } from './payment-channel.domain.js';
import { moneyText, TOPUP_NANO_USD_MAX, TOPUP_NANO_USD_MIN, type PinnedQuote } from './payment-order.domain.js';

/** What money is credited with, and the quote behind it; null for USD. */
export interface PromisedCredit {
  readonly creditNanoUsd: bigint;
  readonly fxQuote: PinnedQuote | null;
}

/** USD is credited as it is, RMB at the quote that is given for it. */
export function promisedCredit({ currency, minorUnits }: Money, quote: PinnedQuote | null): PromisedCredit {
  if (currency === 'USD') return { creditNanoUsd: creditOfCents(minorUnits), fxQuote: null };
  if (quote === null) throw new Error('money in CNY is credited at a quote');
  const { quoteId, rate } = quote;
  return { creditNanoUsd: creditOfFen(minorUnits, rate), fxQuote: { quoteId, rate } };
}

export interface TopupRefusal {
  readonly code: 'topup_below_minimum' | 'invalid_parameter';
  readonly details: { readonly param: string; readonly least?: string; readonly detail: string };
}

/** Why so much is no top-up; null when it is one. */
export function topupRefusal(money: Money, { creditNanoUsd, fxQuote }: PromisedCredit): TopupRefusal | null {
  const param = 'minorUnits';
  if (creditNanoUsd < TOPUP_NANO_USD_MIN) {
    return { code: 'topup_below_minimum', details: { param, least: leastText(fxQuote), detail: moneyText(money) } };
  }
  if (creditNanoUsd > TOPUP_NANO_USD_MAX) {
    return { code: 'invalid_parameter', details: { param, detail: 'one top-up is at most $1,000,000' } };
  }
  return null;
}

/** The amount in the ledger's unit: nano-USD where the currency is USD, fen where it is CNY. */
export function ledgerAmountOf({ currency, minorUnits }: Money): bigint {
  return currency === 'USD' ? creditOfCents(minorUnits) : minorUnits;
}

/** The fewest fen whose credit, rounded down, still is the minimum. */
export function leastFen(rate: FxRate): bigint {
  const whole = 1_000_000_000_000_000n;
  return (TOPUP_NANO_USD_MIN * rate + whole - 1n) / whole;
}

function leastText(quote: PinnedQuote | null): string {
  if (quote === null) return '$5.00';
  const yuan = moneyText({ currency: 'CNY', minorUnits: leastFen(quote.rate) });
  return `${yuan} ($5.00 at ${formatFxRate(quote.rate)} CNY per USD)`;
}
