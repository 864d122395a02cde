import { accountIdSchema, paymentOrderIdSchema, type AccountId, type PaymentOrderId } from '@apilink/contracts';
import type { Database, Sql } from '@apilink/postgres';
import { ApiError } from '@apilink/service';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';

import type { AccountRecord } from '../account/account.domain.js';
import type { AccountRepository } from '../account/account.repository.js';
import type { FxQuoteService } from '../fx/fx-quote.service.js';
import type { StaffActionRepository } from '../staff-action/staff-action.repository.js';
import type { CheckoutDesk, Money } from './payment-channel.domain.js';
import type { PaymentChannels } from './payment-channel-registry.service.js';
import { CHECKOUT_LIFE_MS, nextAskAt, type PaymentOrder } from './payment-order.domain.js';
import type { OrderFilter, PaymentOrderRepository } from './payment-order.repository.js';
import type { OrderPayment, PaymentRepository } from './payment.repository.js';
import { promisedCredit } from './topup-amount.domain.js';
import { checkTopupAmount } from './topup-amount.errors.js';

export interface TopupParts {
  readonly database: Database;
  readonly channels: PaymentChannels;
  readonly accounts: AccountRepository;
  readonly orders: PaymentOrderRepository;
  readonly payments: PaymentRepository;
  readonly fx: Pick<FxQuoteService, 'quote'>;
  readonly staffActions: StaffActionRepository;
  readonly now: () => number;
}

export interface TopupRequest extends Money {
  readonly accountId: AccountId;
  readonly channel: string;
  readonly language: 'en' | 'zh';
  /** The same value twice for an account is one order. */
  readonly requestKey: string;
}

/** Top-ups that are to be paid at a checkout. */
export class TopupService {
  constructor(private readonly parts: TopupParts) {}

  /**
   * Makes an order and opens its checkout. The row stands before the channel is asked: whatever fails in between, asking
   * again with the same request key goes on where it ended, and a payment finds its order.
   */
  async create(request: TopupRequest, actor: string): Promise<PaymentOrder> {
    const { channel, desk } = this.parts.channels.withCheckout(request.channel);
    if (!channel.currencies.includes(request.currency)) {
      throw invalid('currency', `the channel ${channel.id} takes ${channel.currencies.join(', ')}`);
    }
    const account = await this.parts.accounts.find(this.parts.database, request.accountId);
    if (account === null) throw new ApiError('not_found', { detail: 'this account' });
    const order = await this.#findOrInsert(request, actor);
    return order.state === 'created' ? this.#open(desk, order, account) : order;
  }

  async show(orderId: PaymentOrderId): Promise<{ order: PaymentOrder; payments: readonly OrderPayment[] }> {
    const order = await this.#find(orderId);
    return { order, payments: await this.parts.payments.listOfOrder(this.parts.database, orderId) };
  }

  /** Newest first; `more` tells whether another page follows. */
  async list(filter: OrderFilter): Promise<{ orders: readonly PaymentOrder[]; more: boolean }> {
    const rows = await this.parts.orders.list(this.parts.database, { ...filter, limit: filter.limit + 1 });
    return { orders: rows.slice(0, filter.limit), more: rows.length > filter.limit };
  }

  async #findOrInsert(request: TopupRequest, actor: string): Promise<PaymentOrder> {
    const { database, orders } = this.parts;
    const { accountId, requestKey } = request;
    const before = await orders.findByRequest(database, accountId, requestKey);
    if (before !== null) return repeated(before, request);
    const quote = request.currency === 'CNY' ? await this.parts.fx.quote('CNY') : null;
    const promised = promisedCredit(request, quote);
    checkTopupAmount(request, promised);
    const now = this.parts.now();
    const order: PaymentOrder = {
      ...request,
      ...promised,
      orderId: paymentOrderIdSchema.out.parse(uuidv7()),
      state: 'created',
      reason: null,
      reference: null,
      checkoutUrl: null,
      actor,
      createdAt: now,
      expiresAt: now + CHECKOUT_LIFE_MS,
      asked: 0,
    };
    const isNew = await database.transaction((sql) => this.#insert(sql, order));
    if (isNew) return order;
    const other = await orders.findByRequest(database, accountId, requestKey);
    if (other === null) throw new Error('the order was not written');
    return repeated(other, request);
  }

  async #insert(sql: Sql, order: PaymentOrder): Promise<boolean> {
    const isNew = await this.parts.orders.insert(sql, order, nextAskAt(order, order.createdAt));
    if (!isNew) return false;
    const { currency, minorUnits, creditNanoUsd, channel } = order;
    await this.parts.staffActions.record(sql, {
      actor: order.actor,
      action: 'topup.create',
      subject: z.encode(paymentOrderIdSchema, order.orderId),
      detail: { account: z.encode(accountIdSchema, order.accountId), channel, currency, minorUnits, creditNanoUsd },
    });
    return true;
  }

  async #open(desk: CheckoutDesk, order: PaymentOrder, account: AccountRecord): Promise<PaymentOrder> {
    const checkout = await desk.createCheckout({ ...order, accountName: account.name });
    await this.parts.orders.openCheckout(this.parts.database, order.orderId, checkout);
    return this.#find(order.orderId);
  }

  async #find(orderId: PaymentOrderId): Promise<PaymentOrder> {
    const order = await this.parts.orders.find(this.parts.database, orderId);
    if (order === null) throw new ApiError('not_found', { detail: 'this top-up' });
    return order;
  }
}

/** A used request key with other facts is another order under the same name: refused, never made or forgotten. */
function repeated(before: PaymentOrder, request: TopupRequest): PaymentOrder {
  const facts = ['channel', 'currency', 'minorUnits'] as const;
  if (facts.every((fact) => before[fact] === request[fact])) return before;
  throw invalid('requestKey', 'it was used before for another top-up');
}

function invalid(param: string, detail: string): ApiError {
  return new ApiError('invalid_parameter', { param, detail });
}
