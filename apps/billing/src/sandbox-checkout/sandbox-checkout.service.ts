import type { Database } from '@apilink/postgres';

import { illegalState } from '../illegal-state.domain.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import { postedOf } from '../ledger/ledger.domain.js';
import type { ChannelFact, ChannelPayment } from '../payment/payment-channel.domain.js';
import type { PaymentOrder } from '../payment/payment-order.domain.js';
import type { PaymentService } from '../payment/payment.service.js';
import type { OrderPayment } from '../payment/payment.repository.js';
import type { TopupService } from '../payment/topup.service.js';
import { SANDBOX_CHANNEL } from './sandbox-channel.client.js';
import type { SandboxCheckout, SandboxCheckoutRepository } from './sandbox-checkout.repository.js';
import { signSandboxEvent } from './sandbox-event.domain.js';

/** What a visitor of the page can do. */
export const sandboxActions = ['pay', 'decline', 'pay-twice', 'pay-late', 'pay-wrong-amount'] as const;
export type SandboxAction = (typeof sandboxActions)[number];

/** By how much a wrong amount is off: one dollar or yuan less. */
const WRONG_BY_MINOR_UNITS = 100n;

export interface SandboxCheckoutParts {
  readonly database: Database;
  readonly sandboxCheckouts: SandboxCheckoutRepository;
  readonly topups: Pick<TopupService, 'show'>;
  readonly paymentService: Pick<PaymentService, 'receive'>;
  readonly ledger: Pick<LedgerRepository, 'findBalance'>;
  readonly sandboxSecret: string;
  readonly now: () => number;
}

/** All that the page shows. */
export interface SandboxView {
  readonly checkout: SandboxCheckout;
  readonly order: PaymentOrder;
  readonly payments: readonly OrderPayment[];
  readonly postedNanoUsd: bigint;
}

/** The sandbox's own side: people act on its page, and it tells us by signed events, as any channel does. */
export class SandboxCheckoutService {
  constructor(private readonly parts: SandboxCheckoutParts) {}

  /** Null = there is no such checkout. */
  async view(reference: string): Promise<SandboxView | null> {
    const { database, sandboxCheckouts, topups, ledger } = this.parts;
    const checkout = await sandboxCheckouts.find(database, reference);
    if (checkout === null) return null;
    const { order, payments } = await topups.show(checkout.orderId);
    const balance = await ledger.findBalance(database, checkout.accountId);
    return { checkout, order, payments, postedNanoUsd: balance === null ? 0n : postedOf(balance) };
  }

  /** Resolves when billing has booked what the sandbox told of it; false = there is no such checkout. */
  async act(reference: string, action: SandboxAction): Promise<boolean> {
    const checkout = await this.parts.sandboxCheckouts.find(this.parts.database, reference);
    if (checkout === null) return false;
    switch (action) {
      case 'pay':
        await this.#pay(checkout, '1');
        return true;
      case 'decline':
        await this.#tell(checkout, 'declined', { kind: 'declined', reason: 'the payer declined' });
        return true;
      case 'pay-twice':
        await this.#pay(checkout, '1');
        await this.#pay(checkout, '2');
        return true;
      case 'pay-late':
        await this.parts.sandboxCheckouts.close(this.parts.database, reference);
        await this.#tell(checkout, 'expired', { kind: 'expired' });
        await this.#pay(checkout, '1');
        return true;
      case 'pay-wrong-amount':
        await this.#pay({ ...checkout, minorUnits: checkout.minorUnits - WRONG_BY_MINOR_UNITS }, 'wrong');
        return true;
    }
    return illegalState(action);
  }

  /** A form that is sent twice pays once: the number of a payment follows from what was pressed. */
  async #pay(checkout: SandboxCheckout, number: string): Promise<void> {
    const { database, sandboxCheckouts, now } = this.parts;
    const { reference, currency, minorUnits } = checkout;
    const paymentReference = `${reference}.${number}`;
    const payment: ChannelPayment = await sandboxCheckouts.pay(database, reference, {
      paymentReference,
      currency,
      minorUnits,
      paidAt: now(),
    });
    await this.#tell(checkout, `paid.${number}`, { kind: 'paid', payment });
  }

  async #tell({ orderId, reference }: SandboxCheckout, name: string, fact: ChannelFact): Promise<void> {
    const event = { eventId: `${reference}.${name}`, orderId, reference, fact };
    const { paymentService, sandboxSecret, now } = this.parts;
    await paymentService.receive(SANDBOX_CHANNEL, signSandboxEvent(event, sandboxSecret, now()));
  }
}
