import { encodeWireId, lotIdSchema, type AccountId } from '@apilink/contracts';
import type { OutgoingEvent } from '@apilink/events';
import { z } from 'zod';

import { illegalState } from '../illegal-state.domain.js';
import {
  chargebackOpenedEvent,
  gapWrittenOffEvent,
  topupPaidEvent,
  topupRefundedEvent,
} from './payment-event.factory.js';

export type PaymentKind = 'topup' | 'refund' | 'chargeback' | 'write_off';

/** What every posting of a customer tells. */
export interface ToldPosting {
  readonly accountId: AccountId;
  readonly transferId: string;
  readonly postedNanoUsd: bigint;
  readonly ledgerVersion: bigint;
  readonly postedAt: number;
}

/** Postings of payments since an instant ($2) of an account ($1): kind, transfer, instant, version. */
export const TOLD_PAYMENTS = `
  SELECT 'topup', l.lot_id, l.opened_at, e.version
  FROM lots l JOIN ledger_entries e ON e.transfer_id = l.lot_id AND e.version IS NOT NULL
  WHERE l.account_id = $1 AND l.kind = 'paid' AND l.opened_at >= $2::timestamptz
  UNION ALL
  SELECT 'refund', r.transfer_id, r.ended_at, e.version
  FROM refunds r JOIN ledger_entries e ON e.transfer_id = r.transfer_id AND e.version IS NOT NULL
  WHERE r.account_id = $1 AND r.state = 'posted' AND r.ended_at >= $2::timestamptz
  UNION ALL
  SELECT 'chargeback', c.chargeback_id, c.opened_at, e.version
  FROM chargebacks c JOIN ledger_entries e ON e.transfer_id = c.chargeback_id AND e.version IS NOT NULL
  WHERE c.account_id = $1 AND c.opened_at >= $2::timestamptz
  UNION ALL
  SELECT 'write_off', w.transfer_id, w.written_off_at, e.version
  FROM gap_write_offs w JOIN ledger_entries e ON e.transfer_id = w.transfer_id AND e.version IS NOT NULL
  WHERE w.account_id = $1 AND w.written_off_at >= $2::timestamptz`;

/** What the row behind such a posting `p` says, amounts as text. */
export const TOLD_PAYMENT = `CASE p.kind
  WHEN 'topup' THEN (SELECT jsonb_build_object('lotId', l.lot_id, 'channel', l.channel, 'reference', l.reference,
    'currency', l.currency, 'minorUnits', l.paid_minor_units::text, 'nanoUsd', l.credit_nano_usd::text,
    'quoteId', l.fx_quote_id, 'rate', q.rate::text, 'receivingEntity', l.receiving_entity, 'payer', l.payer)
    FROM lots l LEFT JOIN fx_quotes q ON q.quote_id = l.fx_quote_id WHERE l.lot_id = p.transfer_id)
  WHEN 'refund' THEN (SELECT jsonb_build_object('lotId', r.lot_id, 'id', r.refund_id, 'currency', r.currency,
    'minorUnits', r.minor_units::text, 'nanoUsd', r.debit_nano_usd::text)
    FROM refunds r WHERE r.account_id = $1 AND r.transfer_id = p.transfer_id)
  WHEN 'chargeback' THEN (SELECT jsonb_build_object('lotId', c.lot_id, 'id', c.chargeback_id, 'currency', c.currency,
    'minorUnits', c.minor_units::text, 'nanoUsd', c.debit_nano_usd::text, 'reason', c.reason)
    FROM chargebacks c WHERE c.chargeback_id = p.transfer_id)
  WHEN 'write_off' THEN (SELECT jsonb_build_object('nanoUsd', w.amount_nano_usd::text, 'reason', w.reason,
    'actor', w.actor) FROM gap_write_offs w WHERE w.transfer_id = p.transfer_id)
  END`;

const amountSchema = z.string().transform((text) => BigInt(text));
const currencySchema = z.enum(['USD', 'CNY']);
const topupSchema = z.object({
  lotId: lotIdSchema.out,
  channel: z.string(),
  reference: z.string(),
  currency: currencySchema,
  minorUnits: amountSchema,
  nanoUsd: amountSchema,
  quoteId: z.string().nullable(),
  rate: z.string().nullable(),
  receivingEntity: z.string(),
  payer: z.string().nullable(),
});
const givenBackSchema = z.object({
  lotId: lotIdSchema.out,
  id: z.uuid(),
  currency: currencySchema,
  minorUnits: amountSchema,
  nanoUsd: amountSchema,
});
const chargebackSchema = givenBackSchema.extend({ reason: z.string() });
const writeOffSchema = z.object({ nanoUsd: amountSchema, reason: z.string(), actor: z.string() });

/** The event of a posting as it was told first. */
export function paymentEventOf(kind: PaymentKind, posting: ToldPosting, payment: unknown): OutgoingEvent {
  switch (kind) {
    case 'topup':
      return topupOf(posting, topupSchema.parse(payment));
    case 'refund': {
      const { lotId, id, currency, minorUnits, nanoUsd } = givenBackSchema.parse(payment);
      const refundId = encodeWireId('rfd', id);
      const given = { refundId, currency, refundedMinorUnits: minorUnits, debitNanoUsd: nanoUsd };
      return topupRefundedEvent({ ...posting, lotId, ...given });
    }
    case 'chargeback': {
      const { lotId, id, currency, minorUnits, nanoUsd, reason } = chargebackSchema.parse(payment);
      const chargebackId = encodeWireId('cbk', id);
      const taken = { chargebackId, currency, chargedBackMinorUnits: minorUnits, debitNanoUsd: nanoUsd, reason };
      return chargebackOpenedEvent({ ...posting, lotId, ...taken });
    }
    case 'write_off': {
      const { nanoUsd, reason, actor } = writeOffSchema.parse(payment);
      return gapWrittenOffEvent({ ...posting, writtenOffNanoUsd: nanoUsd, reason, actor });
    }
  }
  return illegalState(kind);
}

function topupOf(posting: ToldPosting, paid: z.output<typeof topupSchema>): OutgoingEvent {
  const { quoteId, rate, minorUnits, nanoUsd, ...told } = paid;
  const fxQuote = quoteId === null || rate === null ? null : { quoteId: encodeWireId('fxq', quoteId), rate };
  return topupPaidEvent({ ...posting, ...told, paidMinorUnits: minorUnits, creditNanoUsd: nanoUsd, fxQuote });
}
