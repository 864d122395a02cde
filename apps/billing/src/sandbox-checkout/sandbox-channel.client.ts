import { randomBytes } from 'node:crypto';

import type { Database } from '@apilink/postgres';

import type {
  ChannelEvent,
  ChannelRefund,
  ChannelRefundRequest,
  Checkout,
  CheckoutDesk,
  CheckoutRequest,
  CheckoutStanding,
  PaymentChannel,
} from '../payment/payment-channel.domain.js';
import type { SandboxCheckoutRepository } from './sandbox-checkout.repository.js';
import { readSandboxEvent, SANDBOX_SIGNATURE } from './sandbox-event.domain.js';

export const SANDBOX_CHANNEL = 'sandbox';
/** Below it stand the checkout pages; a front listener routes it to billing. */
export const SANDBOX_PATH = '/sandbox-checkout';

export interface SandboxChannelParts {
  readonly database: Database;
  readonly sandboxCheckouts: SandboxCheckoutRepository;
  /** Where people reach billing. */
  readonly checkoutUrl: string;
  /** Signs its events. */
  readonly secret: string;
  readonly now: () => number;
}

/**
 * A channel without a provider behind it: it takes play money on a page of our own and tells of it as a real one does, by
 * signed events. Nothing that it received is invoiceable.
 */
export class SandboxChannel implements PaymentChannel, CheckoutDesk {
  readonly id = SANDBOX_CHANNEL;
  readonly currencies = ['USD', 'CNY'] as const;
  readonly receivingEntity = 'sandbox';

  constructor(private readonly parts: SandboxChannelParts) {}

  get checkouts(): CheckoutDesk {
    return this;
  }

  async createCheckout(request: CheckoutRequest): Promise<Checkout> {
    const { database, sandboxCheckouts, checkoutUrl } = this.parts;
    // Whoever has the address may pay: it is drawn from 144 bits.
    const drawn = `sbx_${randomBytes(18).toString('base64url')}`;
    const { reference, expiresAt, language } = await sandboxCheckouts.findOrInsert(database, request, drawn);
    return { reference, expiresAt, checkoutUrl: `${checkoutUrl}${SANDBOX_PATH}/${reference}?lang=${language}` };
  }

  readEvent(headers: Readonly<Record<string, string | undefined>>, rawBody: Buffer): ChannelEvent {
    return readSandboxEvent({ signature: headers[SANDBOX_SIGNATURE], rawBody }, this.parts.secret, this.parts.now());
  }

  async standingOf(reference: string): Promise<CheckoutStanding> {
    const { database, sandboxCheckouts, now } = this.parts;
    const checkout = await sandboxCheckouts.find(database, reference);
    if (checkout === null) return { state: 'unknown', payments: [] };
    const isOver = checkout.closed || checkout.expiresAt <= now();
    return { state: isOver ? 'closed' : 'open', payments: await sandboxCheckouts.listPayments(database, reference) };
  }

  async refund(request: ChannelRefundRequest): Promise<ChannelRefund> {
    const { database, sandboxCheckouts } = this.parts;
    const isDone = await database.transaction((sql) => sandboxCheckouts.refund(sql, request));
    return isDone
      ? { state: 'done', reference: `sbxr_${request.refundId}` }
      : { state: 'refused', reason: 'the sandbox has no such payment, or not so much of it is left' };
  }
}
