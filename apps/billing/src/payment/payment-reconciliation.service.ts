import type { Database } from '@apilink/postgres';
import type { Logger } from '@apilink/service';

import type { PaymentChannels } from './payment-channel-registry.service.js';
import { nextAskAt, type PaymentOrder } from './payment-order.domain.js';
import type { PaymentOrderRepository } from './payment-order.repository.js';
import type { PaymentService } from './payment.service.js';

/** Orders of one turn: each is a request to a channel. */
const ORDERS_MAX = 20;

export interface ReconciliationParts {
  readonly database: Database;
  readonly channels: PaymentChannels;
  readonly orders: PaymentOrderRepository;
  readonly paymentService: Pick<PaymentService, 'applyStanding'>;
  readonly logger: Pick<Logger, 'warn'>;
  readonly now: () => number;
}

/** Asks channels about orders of which nothing was heard: an event that never came is no lost payment. */
export class PaymentReconciliationService {
  constructor(private readonly parts: ReconciliationParts) {}

  /** Resolves true when more wait. */
  async reconcile(): Promise<boolean> {
    const due = await this.parts.orders.listToAsk(this.parts.database, this.parts.now(), ORDERS_MAX);
    for (const order of due) await this.#ask(order);
    return due.length === ORDERS_MAX;
  }

  /** A channel that does not answer is asked again later; the others do not wait for it. */
  async #ask(order: PaymentOrder): Promise<void> {
    const { database, channels, orders, paymentService, logger, now } = this.parts;
    try {
      const checkouts = channels.find(order.channel)?.checkouts ?? null;
      if (order.reference === null) await this.#giveUp(order);
      else if (checkouts !== null) {
        await paymentService.applyStanding(order, await checkouts.standingOf(order.reference), now());
      }
    } catch (error) {
      logger.warn({ err: error, channel: order.channel, orderId: order.orderId }, 'A channel could not be asked.');
    }
    await orders.noteAsked(database, order.orderId, nextAskAt({ ...order, asked: order.asked + 1 }, now()));
  }

  /** Its checkout was never opened, so nobody has seen it. */
  async #giveUp(order: PaymentOrder): Promise<void> {
    if (order.expiresAt > this.parts.now()) return;
    const reason = 'its checkout could not be opened';
    await this.parts.orders.end(this.parts.database, order.orderId, { state: 'failed', reason });
  }
}
