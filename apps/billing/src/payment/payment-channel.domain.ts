import type { AccountId } from '@apilink/contracts';

export type PaymentCurrency = 'USD' | 'CNY';

/** So much money as a channel tells it: whole cents or fen (分), never a fraction, never a float. */
export interface Money {
  readonly currency: PaymentCurrency;
  readonly minorUnits: bigint;
}

/** What a channel needs to know to take a payment. */
export interface CheckoutRequest extends Money {
  /** Ours; the channel keeps it and tells it again with every event of this checkout. */
  readonly orderId: string;
  readonly accountId: AccountId;
  readonly accountName: string;
  /** What the customer will be credited with. */
  readonly creditNanoUsd: bigint;
  /** The language in which the customer is asked. */
  readonly language: 'en' | 'zh';
  /** Ms since the epoch; the channel takes no payment after it, or tells of one that came all the same. */
  readonly expiresAt: number;
}

export interface Checkout {
  /** Where the customer pays. */
  readonly checkoutUrl: string;
  /** The channel's own number of the checkout. */
  readonly reference: string;
  readonly expiresAt: number;
}

/** A payment as its channel tells it. `paymentReference` is unique in the channel: the same money is told with the same one. */
export interface ChannelPayment extends Money {
  readonly paymentReference: string;
  readonly payer: string | null;
  /** Ms since the epoch, by the channel's clock. */
  readonly paidAt: number;
}

/** What a channel tells of a checkout. Unique by its id within the channel; it may come twice, late, or in another order. */
export interface ChannelEvent {
  readonly eventId: string;
  /** Our order, as the channel was told it; null where a channel tells its own reference alone. */
  readonly orderId: string | null;
  readonly reference: string | null;
  readonly fact: ChannelFact;
}

export type ChannelFact =
  | { readonly kind: 'paid'; readonly payment: ChannelPayment }
  | { readonly kind: 'declined'; readonly reason: string }
  | { readonly kind: 'expired' };

/** What a channel answers when it is asked about a checkout: every payment that it took, and whether it may take more. */
export interface CheckoutStanding {
  readonly state: 'open' | 'closed' | 'unknown';
  readonly payments: readonly ChannelPayment[];
}

export interface ChannelRefundRequest extends Money {
  /** Ours: the same one asked again is one refund. */
  readonly refundId: string;
  /** The payment that is given back, wholly or in part. */
  readonly paymentReference: string;
  readonly reason: string;
}

/** `manual`: the channel cannot be asked by a program; people send the money back and record that they did. */
export type ChannelRefund =
  | { readonly state: 'done'; readonly reference: string }
  | { readonly state: 'pending'; readonly reference: string }
  | { readonly state: 'refused'; readonly reason: string }
  | { readonly state: 'manual' };

/** A way on which money comes to us. Adapters know their provider's API, and nothing of our ledger. */
export interface PaymentChannel {
  /** A slug; names the channel's clearing accounts in the ledger. */
  readonly id: string;
  readonly currencies: readonly PaymentCurrency[];
  /** Who receives the money, as `topup.paid` names it: only what the mainland entity received is invoiceable. */
  readonly receivingEntity: string;
  /** Null = money comes without a checkout: a bank transfer. */
  readonly checkouts: CheckoutDesk | null;
  /** Gives money back; asked again under the same `refundId` it answers the same. */
  refund(request: ChannelRefundRequest): Promise<ChannelRefund>;
}

/** The part of a channel that asks customers to pay. */
export interface CheckoutDesk {
  /** Asked again for the same order, it answers the same checkout. */
  createCheckout(request: CheckoutRequest): Promise<Checkout>;
  /**
   * Reads what the channel posted to us, after its signature was checked over the raw bytes.
   * @throws ChannelEventError when it is not the channel's, too old, or cannot be read
   */
  readEvent(headers: Readonly<Record<string, string | undefined>>, rawBody: Buffer): ChannelEvent;
  /** For orders of which nothing was heard. */
  standingOf(reference: string): Promise<CheckoutStanding>;
}

/** What came to a channel's address is not an event of that channel. */
export class ChannelEventError extends Error {
  override readonly name = 'ChannelEventError';
}
