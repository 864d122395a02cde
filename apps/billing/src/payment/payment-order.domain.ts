import type { AccountId, OrderState, PaymentOrderId, SuspenseReason } from '@apilink/contracts';
import type { FxRate } from '@apilink/money';

import type { ChannelPayment, Money, PaymentCurrency } from './payment-channel.domain.js';

/** The least that a top-up credits: five US dollars, whatever it is paid in. */
export const TOPUP_NANO_USD_MIN = 5_000_000_000n;
/** The most: beyond it somebody has mistyped an amount. */
export const TOPUP_NANO_USD_MAX = 1_000_000_000_000_000n;
/** How long a checkout may be paid. A payment that comes later is credited all the same. */
export const CHECKOUT_LIFE_MS = 30 * 60_000;

/** When a channel is asked about an order of which nothing was heard: first after two minutes, then ever more rarely. */
const FIRST_ASK_MS = 2 * 60_000;
const ASK_MS_MAX = 24 * 3_600_000;
/** An order is asked about for a week after its checkout has ended: so long may a late payment stay untold. */
const ASK_LIFE_MS = 7 * 24 * 3_600_000;

/** The quote that an order in RMB pinned. */
export interface PinnedQuote {
  readonly quoteId: string;
  /** What a customer pays for one USD, × 10^8. */
  readonly rate: FxRate;
}

/** A top-up that is to be paid at a checkout. */
export interface PaymentOrder extends Money {
  readonly orderId: PaymentOrderId;
  readonly accountId: AccountId;
  readonly channel: string;
  /** What was promised when it was made; that is what its payment is credited with, however late. */
  readonly creditNanoUsd: bigint;
  readonly fxQuote: PinnedQuote | null;
  readonly language: 'en' | 'zh';
  readonly state: OrderState;
  /** Why it failed. */
  readonly reason: string | null;
  readonly reference: string | null;
  readonly checkoutUrl: string | null;
  readonly requestKey: string;
  readonly actor: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** How often its channel was asked. */
  readonly asked: number;
}

/** What else may come of an order than a payment. */
export type OrderEnd = { readonly state: 'failed'; readonly reason: string } | { readonly state: 'expired' };

/**
 * Whether an end counts: only while nothing has ended it. A payment that was made is never taken back by an end that is
 * told after it, in whichever order the two arrive.
 */
export function endsOrder(order: Pick<PaymentOrder, 'state'>): boolean {
  return order.state === 'created' || order.state === 'pending';
}

/** Where a payment goes: to the account, or into suspense with why. */
export type PaymentCourse = { readonly to: 'account' } | { readonly to: 'suspense'; readonly reason: SuspenseReason };

/**
 * Decides about a payment that was not seen before, under the lock of its order. An order is credited once; its first
 * payment in the right amount counts, also after it expired or failed.
 */
export function courseOf(
  payment: ChannelPayment,
  order: Pick<PaymentOrder, 'state' | keyof Money> | null,
  hasRoom: boolean,
): PaymentCourse {
  if (order === null) return { to: 'suspense', reason: 'order_unknown' };
  if (order.state === 'paid') return { to: 'suspense', reason: 'second_payment' };
  if (payment.currency !== order.currency) return { to: 'suspense', reason: 'currency_differs' };
  if (payment.minorUnits !== order.minorUnits) return { to: 'suspense', reason: 'amount_differs' };
  if (!hasRoom) return { to: 'suspense', reason: 'above_ceiling' };
  return { to: 'account' };
}

/** When to ask next; null = not any more. */
export function nextAskAt(order: Pick<PaymentOrder, 'asked' | 'expiresAt'>, now: number): number | null {
  if (now > order.expiresAt + ASK_LIFE_MS) return null;
  return now + Math.min(FIRST_ASK_MS * 2 ** Math.min(order.asked, 20), ASK_MS_MAX);
}

/** `¥35.00`, `$25.00`: two decimals, for people. */
export function moneyText({ currency, minorUnits }: Money): string {
  const digits = minorUnits.toString().padStart(3, '0');
  return `${signs[currency]}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

const signs: Readonly<Record<PaymentCurrency, string>> = { USD: '$', CNY: '¥' };
