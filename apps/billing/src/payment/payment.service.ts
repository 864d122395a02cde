import { NANO_USD_CEILING, type AccountId, type SuspenseReason } from '@apilink/contracts';
import type { Database, Sql } from '@apilink/postgres';
import { ApiError, type Logger } from '@apilink/service';

import type { GateLoadService } from '../gate/gate-load.service.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import type { LotService } from '../lot/lot.service.js';
import type { SuspenseService } from '../suspense/suspense.service.js';
import {
  ChannelEventError,
  type ChannelEvent,
  type ChannelPayment,
  type CheckoutStanding,
} from './payment-channel.domain.js';
import type { PaymentChannels } from './payment-channel-registry.service.js';
import { courseOf, endsOrder, type PaymentOrder } from './payment-order.domain.js';
import type { PaymentOrderRepository } from './payment-order.repository.js';
import type { PaymentMetrics } from './payment-metrics.service.js';
import type { PaymentPlace, PaymentRepository } from './payment.repository.js';

export interface PaymentParts {
  readonly database: Database;
  readonly channels: PaymentChannels;
  readonly orders: PaymentOrderRepository;
  readonly payments: PaymentRepository;
  readonly ledger: Pick<LedgerRepository, 'lockBalances'>;
  readonly lotOpener: Pick<LotService, 'openPaidLot'>;
  readonly suspenseService: Pick<SuspenseService, 'receiveWithin'>;
  readonly loads: Pick<GateLoadService, 'follow'>;
  readonly paymentMetrics: PaymentMetrics;
  readonly logger: Pick<Logger, 'warn'>;
}

/** What a channel posted to us, as it came. */
export interface PostedEvent {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly rawBody: Buffer;
}

/**
 * What channels tell. Every event is kept once, every payment is booked once, whichever event or answer tells of it, in
 * whatever order; money that fits no order goes into suspense, and is never refused.
 */
export class PaymentService {
  constructor(private readonly parts: PaymentParts) {}

  /**
   * Resolves when what was told is committed, and the gate knows of a credit. The same event again changes nothing.
   * @throws ApiError `payment_event_refused` when it is not the channel's, `channel_not_enabled`
   */
  async receive(channelId: string, { headers, rawBody }: PostedEvent): Promise<void> {
    const { desk } = this.parts.channels.withCheckout(channelId);
    const event = readEvent(() => desk.readEvent(headers, rawBody));
    const credited = await this.parts.database.transaction(async (sql) => {
      const isNew = await this.parts.payments.insertEvent(sql, channelId, event, rawBody.toString('utf8'));
      return isNew ? this.#apply(sql, channelId, event) : null;
    });
    if (credited !== null) await this.parts.loads.follow(credited);
  }

  /** What a channel answered about one of our orders: the payments that we have not heard of, and whether it is over. */
  async applyStanding(order: PaymentOrder, standing: CheckoutStanding, now: number): Promise<void> {
    let credited = false;
    // One transaction each: whoever books a payment takes its lock before that of the order.
    for (const payment of standing.payments) {
      const accountId = await this.parts.database.transaction((sql) => this.#pay(sql, order.channel, order, payment));
      credited ||= accountId !== null;
    }
    const isOver = standing.state === 'closed' || (standing.state === 'unknown' && order.expiresAt <= now);
    if (isOver) await this.parts.orders.end(this.parts.database, order.orderId, { state: 'expired' });
    if (credited) await this.parts.loads.follow(order.accountId);
  }

  /** Returns the account that was credited. */
  async #apply(sql: Sql, channelId: string, { fact, ...named }: ChannelEvent): Promise<AccountId | null> {
    if (fact.kind === 'paid') return this.#pay(sql, channelId, named, fact.payment);
    const order = await this.parts.orders.lockOfEvent(sql, channelId, named);
    if (order === null || !endsOrder(order)) return null;
    const end =
      fact.kind === 'expired' ? { state: 'expired' as const } : { state: 'failed' as const, reason: fact.reason };
    await this.parts.orders.end(sql, order.orderId, end);
    return null;
  }

  async #pay(
    sql: Sql,
    channelId: string,
    named: Pick<ChannelEvent, 'orderId' | 'reference'>,
    payment: ChannelPayment,
  ): Promise<AccountId | null> {
    const { orders, payments, paymentMetrics } = this.parts;
    await payments.lockPayment(sql, channelId, payment.paymentReference);
    if (await payments.isKnown(sql, channelId, payment.paymentReference)) return null;
    const order = await orders.lockOfEvent(sql, channelId, named);
    const course = courseOf(payment, order, order !== null && (await this.#hasRoom(sql, order)));
    const isCredit = course.to === 'account' && order !== null;
    const place = isCredit
      ? await this.#credit(sql, order, payment)
      : await this.#suspend(sql, {
          channelId,
          order,
          payment,
          reason: course.to === 'account' ? 'order_unknown' : course.reason,
        });
    await payments.insert(sql, { channel: channelId, orderId: order?.orderId ?? null, payment, place });
    paymentMetrics.booked(channelId, place.disposition);
    return isCredit ? order.accountId : null;
  }

  async #credit(sql: Sql, order: PaymentOrder, payment: ChannelPayment): Promise<PaymentPlace> {
    const { channel, orderId, accountId, creditNanoUsd, fxQuote } = order;
    const { lotId } = await this.parts.lotOpener.openPaidLot(sql, {
      accountId,
      channel,
      reference: payment.paymentReference,
      currency: payment.currency,
      paidMinorUnits: payment.minorUnits,
      creditNanoUsd,
      fxQuote,
      receivingEntity: this.parts.channels.named(channel).receivingEntity,
      payer: payment.payer,
      actor: `channel:${channel}`,
      businessKey: `topup:${channel}:${payment.paymentReference}`,
    });
    await this.parts.orders.markPaid(sql, orderId);
    return { disposition: 'credited', lotId };
  }

  async #suspend(sql: Sql, { channelId, order, payment, reason }: SuspendedPayment): Promise<PaymentPlace> {
    const suspenseId = await this.parts.suspenseService.receiveWithin(sql, {
      channel: channelId,
      reference: payment.paymentReference,
      currency: payment.currency,
      minorUnits: payment.minorUnits,
      reason,
      payer: payment.payer,
      remark: null,
      bookedOn: null,
      orderId: order?.orderId ?? null,
      proposedAccountId: order?.accountId ?? null,
      recordedBy: `channel:${channelId}`,
    });
    this.parts.logger.warn({ channel: channelId, reason, suspenseId }, 'A payment went into suspense.');
    return { disposition: 'suspense', suspenseId };
  }

  /** Under the customer's lock, which the posting takes anyway. */
  async #hasRoom(sql: Sql, { accountId, creditNanoUsd }: PaymentOrder): Promise<boolean> {
    const balance = (await this.parts.ledger.lockBalances(sql, [accountId])).get(accountId);
    return balance !== undefined && balance.creditedNanoUsd + creditNanoUsd <= NANO_USD_CEILING;
  }
}

interface SuspendedPayment {
  readonly channelId: string;
  readonly order: PaymentOrder | null;
  readonly payment: ChannelPayment;
  readonly reason: SuspenseReason;
}

function readEvent(read: () => ChannelEvent): ChannelEvent {
  try {
    return read();
  } catch (error) {
    if (error instanceof ChannelEventError)
      throw new ApiError('payment_event_refused', { detail: error.message }, error);
    throw error;
  }
}
