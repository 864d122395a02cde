import type { AccountId, PaymentOrderId } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';

import type { ChannelPayment, CheckoutRequest, Money, PaymentCurrency } from '../payment/payment-channel.domain.js';
import { SANDBOX_PAYER } from './sandbox-event.domain.js';

/** A checkout as the sandbox keeps it, on its own side of the port. */
export interface SandboxCheckout extends Money {
  readonly reference: string;
  readonly orderId: PaymentOrderId;
  readonly accountId: AccountId;
  readonly accountName: string;
  readonly creditNanoUsd: bigint;
  readonly language: 'en' | 'zh';
  readonly expiresAt: number;
  readonly closed: boolean;
}

/** What the sandbox remembers: its checkouts, payments and refunds. Nothing of our ledger is read here. */
export class SandboxCheckoutRepository {
  /** One checkout per order: asked again, the first one is answered. */
  async findOrInsert(sql: Sql, request: CheckoutRequest, reference: string): Promise<SandboxCheckout> {
    await sql.query(
      `INSERT INTO sandbox_checkouts (reference, order_id, account_id, account_name, currency, minor_units,
         credit_nano_usd, language, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (order_id) DO NOTHING`,
      [
        reference,
        request.orderId,
        request.accountId,
        request.accountName,
        request.currency,
        request.minorUnits.toString(),
        request.creditNanoUsd.toString(),
        request.language,
        new Date(request.expiresAt).toISOString(),
      ],
    );
    const [row] = await sql.query<CheckoutRow>(`${SELECT_CHECKOUTS} WHERE order_id = $1`, [request.orderId]);
    if (row === undefined) throw new Error('the checkout was not written');
    return checkoutOf(row);
  }

  async find(sql: Sql, reference: string): Promise<SandboxCheckout | null> {
    const [row] = await sql.query<CheckoutRow>(`${SELECT_CHECKOUTS} WHERE reference = $1`, [reference]);
    return row === undefined ? null : checkoutOf(row);
  }

  async close(sql: Sql, reference: string): Promise<void> {
    await sql.query('UPDATE sandbox_checkouts SET closed = true WHERE reference = $1', [reference]);
  }

  /** The same payment again is the same payment, with the instant of the first time. */
  async pay(sql: Sql, reference: string, payment: Omit<ChannelPayment, 'payer'>): Promise<ChannelPayment> {
    await sql.query(
      `INSERT INTO sandbox_payments (payment_reference, reference, currency, minor_units, paid_at)
       VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
      [
        payment.paymentReference,
        reference,
        payment.currency,
        payment.minorUnits.toString(),
        new Date(payment.paidAt).toISOString(),
      ],
    );
    const made = await this.listPayments(sql, reference);
    const found = made.find(({ paymentReference }) => paymentReference === payment.paymentReference);
    if (found === undefined) throw new Error('the payment was not written');
    return found;
  }

  async listPayments(sql: Sql, reference: string): Promise<readonly ChannelPayment[]> {
    const rows = await sql.query<PaymentRow>(
      `SELECT payment_reference, currency, minor_units, paid_at FROM sandbox_payments WHERE reference = $1
       ORDER BY payment_reference`,
      [reference],
    );
    return rows.map((row) => ({
      paymentReference: row.payment_reference,
      currency: row.currency,
      minorUnits: BigInt(row.minor_units),
      payer: SANDBOX_PAYER,
      paidAt: row.paid_at.getTime(),
    }));
  }

  /** False when the payment is not known or would be given back beyond its amount. Asked again, it is one refund. */
  async refund(
    sql: Sql,
    refund: { readonly refundId: string; readonly paymentReference: string } & Money,
  ): Promise<boolean> {
    const { refundId, paymentReference, currency, minorUnits } = refund;
    const locked = await sql.query(
      'SELECT 1 FROM sandbox_payments WHERE payment_reference = $1 AND currency = $2 FOR UPDATE',
      [paymentReference, currency],
    );
    if (locked.length === 0) return false;
    const [before] = await sql.query<{ minor_units: string }>(
      'SELECT minor_units FROM sandbox_refunds WHERE refund_id = $1',
      [refundId],
    );
    if (before !== undefined) return BigInt(before.minor_units) === minorUnits;
    const rows = await sql.query(
      `INSERT INTO sandbox_refunds (refund_id, payment_reference, minor_units)
       SELECT $1, p.payment_reference, $3::bigint FROM sandbox_payments p WHERE p.payment_reference = $2
         AND p.minor_units >= $3::bigint + coalesce((SELECT sum(r.minor_units) FROM sandbox_refunds r
           WHERE r.payment_reference = $2), 0)
       RETURNING refund_id`,
      [refundId, paymentReference, minorUnits.toString()],
    );
    return rows.length > 0;
  }
}

interface CheckoutRow {
  readonly reference: string;
  readonly order_id: PaymentOrderId;
  readonly account_id: AccountId;
  readonly account_name: string;
  readonly currency: PaymentCurrency;
  readonly minor_units: string;
  readonly credit_nano_usd: string;
  readonly language: 'en' | 'zh';
  readonly expires_at: Date;
  readonly closed: boolean;
}

interface PaymentRow {
  readonly payment_reference: string;
  readonly currency: PaymentCurrency;
  readonly minor_units: string;
  readonly paid_at: Date;
}

const SELECT_CHECKOUTS = `SELECT reference, order_id, account_id, account_name, currency, minor_units, credit_nano_usd,
  language, expires_at, closed FROM sandbox_checkouts`;

function checkoutOf(row: CheckoutRow): SandboxCheckout {
  return {
    reference: row.reference,
    orderId: row.order_id,
    accountId: row.account_id,
    accountName: row.account_name,
    currency: row.currency,
    minorUnits: BigInt(row.minor_units),
    creditNanoUsd: BigInt(row.credit_nano_usd),
    language: row.language,
    expiresAt: row.expires_at.getTime(),
    closed: row.closed,
  };
}
