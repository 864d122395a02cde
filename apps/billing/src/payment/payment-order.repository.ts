import type { AccountId, OrderState, PaymentOrderId } from '@apilink/contracts';
import { formatFxRate, parseFxRate } from '@apilink/money';
import type { Sql } from '@apilink/postgres';

import type { Checkout, PaymentCurrency } from './payment-channel.domain.js';
import type { OrderEnd, PaymentOrder, PinnedQuote } from './payment-order.domain.js';

export interface OrderFilter {
  readonly accountId?: AccountId | undefined;
  readonly state?: OrderState | undefined;
  /** Orders older than this one. */
  readonly before?: PaymentOrderId | undefined;
  readonly limit: number;
}

export class PaymentOrderRepository {
  /** False when the account has an order under this request key already. */
  async insert(sql: Sql, order: PaymentOrder, askAt: number | null): Promise<boolean> {
    const rows = await sql.query(INSERT_ORDER, [
      order.orderId,
      order.accountId,
      order.channel,
      order.currency,
      order.minorUnits.toString(),
      order.creditNanoUsd.toString(),
      order.fxQuote?.quoteId ?? null,
      order.fxQuote === null ? null : formatFxRate(order.fxQuote.rate),
      order.language,
      order.state,
      order.requestKey,
      order.actor,
      instant(order.createdAt),
      instant(order.expiresAt),
      instant(askAt),
    ]);
    return rows.length > 0;
  }

  async find(sql: Sql, orderId: PaymentOrderId): Promise<PaymentOrder | null> {
    return first(await sql.query<OrderRow>(`${SELECT_ORDERS} WHERE order_id = $1`, [orderId]));
  }

  async findByRequest(sql: Sql, accountId: AccountId, requestKey: string): Promise<PaymentOrder | null> {
    const text = `${SELECT_ORDERS} WHERE account_id = $1 AND request_key = $2`;
    return first(await sql.query<OrderRow>(text, [accountId, requestKey]));
  }

  /** Locks the order that an event is about: its own id first, else the channel's number; null = none of ours. */
  async lockOfEvent(
    sql: Sql,
    channel: string,
    named: { readonly orderId: string | null; readonly reference: string | null },
  ): Promise<PaymentOrder | null> {
    const text = `${SELECT_ORDERS} WHERE channel = $1 AND (order_id::text = $2 OR ($2 IS NULL AND reference = $3))
      FOR UPDATE`;
    return first(await sql.query<OrderRow>(text, [channel, named.orderId, named.reference]));
  }

  async list(sql: Sql, filter: OrderFilter): Promise<readonly PaymentOrder[]> {
    const rows = await sql.query<OrderRow>(
      `${SELECT_ORDERS} WHERE ($1::uuid IS NULL OR account_id = $1) AND ($2::text IS NULL OR state = $2)
         AND ($3::uuid IS NULL OR order_id < $3) ORDER BY order_id DESC LIMIT $4`,
      [filter.accountId ?? null, filter.state ?? null, filter.before ?? null, filter.limit],
    );
    return rows.map(orderOf);
  }

  /** Pending: the customer can pay. An order that has ended meanwhile keeps its end. */
  async openCheckout(sql: Sql, orderId: PaymentOrderId, checkout: Checkout): Promise<void> {
    await sql.query(
      `UPDATE payment_orders SET reference = $2, checkout_url = $3, expires_at = $4,
         state = CASE WHEN state = 'created' THEN 'pending' ELSE state END WHERE order_id = $1`,
      [orderId, checkout.reference, checkout.checkoutUrl, instant(checkout.expiresAt)],
    );
  }

  async markPaid(sql: Sql, orderId: PaymentOrderId): Promise<void> {
    await sql.query(
      `UPDATE payment_orders SET state = 'paid', reason = NULL, ended_at = now() WHERE order_id = $1 AND state <> 'paid'`,
      [orderId],
    );
  }

  async end(sql: Sql, orderId: PaymentOrderId, end: OrderEnd): Promise<void> {
    await sql.query(
      `UPDATE payment_orders SET state = $2, reason = $3, ended_at = now()
       WHERE order_id = $1 AND state IN ('created', 'pending')`,
      [orderId, end.state, end.state === 'failed' ? end.reason : null],
    );
  }

  /** Orders whose channel is to be asked by now, those that wait longest first. */
  async listToAsk(sql: Sql, now: number, limit: number): Promise<readonly PaymentOrder[]> {
    const text = `${SELECT_ORDERS} WHERE ask_at <= $1 ORDER BY ask_at LIMIT $2`;
    return (await sql.query<OrderRow>(text, [instant(now), limit])).map(orderOf);
  }

  async noteAsked(sql: Sql, orderId: PaymentOrderId, askAt: number | null): Promise<void> {
    await sql.query('UPDATE payment_orders SET asked = asked + 1, ask_at = $2 WHERE order_id = $1', [
      orderId,
      instant(askAt),
    ]);
  }
}

interface OrderRow {
  readonly order_id: PaymentOrderId;
  readonly account_id: AccountId;
  readonly channel: string;
  readonly currency: PaymentCurrency;
  readonly minor_units: string;
  readonly credit_nano_usd: string;
  readonly fx_quote_id: string | null;
  readonly fx_rate: string | null;
  readonly language: 'en' | 'zh';
  readonly state: OrderState;
  readonly reason: string | null;
  readonly reference: string | null;
  readonly checkout_url: string | null;
  readonly request_key: string;
  readonly actor: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly asked: number;
}

const SELECT_ORDERS = `SELECT order_id, account_id, channel, currency, minor_units, credit_nano_usd, fx_quote_id, fx_rate,
  language, state, reason, reference, checkout_url, request_key, actor, created_at, expires_at, asked FROM payment_orders`;

const INSERT_ORDER = `
INSERT INTO payment_orders (order_id, account_id, channel, currency, minor_units, credit_nano_usd, fx_quote_id, fx_rate,
  language, state, request_key, actor, created_at, expires_at, ask_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (account_id, request_key) DO NOTHING RETURNING order_id`;

function first(rows: readonly OrderRow[]): PaymentOrder | null {
  const [row] = rows;
  return row === undefined ? null : orderOf(row);
}

function orderOf(row: OrderRow): PaymentOrder {
  return {
    orderId: row.order_id,
    accountId: row.account_id,
    channel: row.channel,
    currency: row.currency,
    minorUnits: BigInt(row.minor_units),
    creditNanoUsd: BigInt(row.credit_nano_usd),
    fxQuote: quoteOf(row),
    language: row.language,
    state: row.state,
    reason: row.reason,
    reference: row.reference,
    checkoutUrl: row.checkout_url,
    requestKey: row.request_key,
    actor: row.actor,
    createdAt: row.created_at.getTime(),
    expiresAt: row.expires_at.getTime(),
    asked: row.asked,
  };
}

function quoteOf({ fx_quote_id: quoteId, fx_rate: text }: OrderRow): PinnedQuote | null {
  if (quoteId === null || text === null) return null;
  const rate = parseFxRate(text);
  if (rate === null) throw new Error(`the rate ${text} of the quote ${quoteId} cannot be read`);
  return { quoteId, rate };
}

function instant(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
