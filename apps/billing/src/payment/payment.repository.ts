import type { LotId, PaymentOrderId, SuspenseId, SuspenseReason } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';

import type { ChannelEvent, ChannelPayment, PaymentCurrency } from './payment-channel.domain.js';

/** Where a payment went. */
export type PaymentPlace =
  | { readonly disposition: 'credited'; readonly lotId: LotId }
  | { readonly disposition: 'suspense'; readonly suspenseId: SuspenseId };

/** A payment of an order, with where it went. */
export interface OrderPayment {
  readonly paymentReference: string;
  readonly currency: PaymentCurrency;
  readonly minorUnits: bigint;
  readonly paidAt: number;
  readonly disposition: 'credited' | 'suspense';
  readonly lotId: LotId | null;
  readonly suspenseId: SuspenseId | null;
  readonly reason: SuspenseReason | null;
}

/** The inbox of channels' events, and the payments that they told of: each once. */
export class PaymentRepository {
  /** False when this event was received before. */
  async insertEvent(sql: Sql, channel: string, event: ChannelEvent, body: string): Promise<boolean> {
    const rows = await sql.query(
      `INSERT INTO payment_events (channel, event_id, kind, order_id, reference, body)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING event_id`,
      [channel, event.eventId, event.fact.kind, event.orderId, event.reference, body],
    );
    return rows.length > 0;
  }

  /** Two tellers of one payment wait for each other here, whether they name the same order or none. */
  async lockPayment(sql: Sql, channel: string, paymentReference: string): Promise<void> {
    await sql.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `billing.payments/${channel}/${paymentReference}`,
    ]);
  }

  async isKnown(sql: Sql, channel: string, paymentReference: string): Promise<boolean> {
    const rows = await sql.query('SELECT 1 FROM payments WHERE channel = $1 AND payment_reference = $2', [
      channel,
      paymentReference,
    ]);
    return rows.length > 0;
  }

  async insert(
    sql: Sql,
    {
      channel,
      orderId,
      payment,
      place,
    }: {
      readonly channel: string;
      readonly orderId: PaymentOrderId | null;
      readonly payment: ChannelPayment;
      readonly place: PaymentPlace;
    },
  ): Promise<void> {
    await sql.query(
      `INSERT INTO payments (channel, payment_reference, order_id, currency, minor_units, payer, disposition, lot_id,
         suspense_id, paid_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        channel,
        payment.paymentReference,
        orderId,
        payment.currency,
        payment.minorUnits.toString(),
        payment.payer,
        place.disposition,
        place.disposition === 'credited' ? place.lotId : null,
        place.disposition === 'suspense' ? place.suspenseId : null,
        new Date(payment.paidAt).toISOString(),
      ],
    );
  }

  /** In the order in which we heard of them. */
  async listOfOrder(sql: Sql, orderId: PaymentOrderId): Promise<readonly OrderPayment[]> {
    const rows = await sql.query<PaymentRow>(
      `SELECT p.payment_reference, p.currency, p.minor_units, p.paid_at, p.disposition, p.lot_id, p.suspense_id, s.reason
       FROM payments p LEFT JOIN suspense_entries s ON s.suspense_id = p.suspense_id
       WHERE p.order_id = $1 ORDER BY p.recorded_at, p.payment_reference LIMIT 100`,
      [orderId],
    );
    return rows.map((row) => ({
      paymentReference: row.payment_reference,
      currency: row.currency,
      minorUnits: BigInt(row.minor_units),
      paidAt: row.paid_at.getTime(),
      disposition: row.disposition,
      lotId: row.lot_id,
      suspenseId: row.suspense_id,
      reason: row.reason,
    }));
  }
}

interface PaymentRow {
  readonly payment_reference: string;
  readonly currency: PaymentCurrency;
  readonly minor_units: string;
  readonly paid_at: Date;
  readonly disposition: 'credited' | 'suspense';
  readonly lot_id: LotId | null;
  readonly suspense_id: SuspenseId | null;
  readonly reason: SuspenseReason | null;
}
