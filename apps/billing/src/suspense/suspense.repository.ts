import type { AccountId, LotId, PaymentOrderId, SuspenseId, SuspenseReason, SuspenseState } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';

import type { PaymentCurrency } from '../payment/payment-channel.domain.js';
import type { NewSuspense, SuspenseEntry } from './suspense.domain.js';

export interface SuspenseFilter {
  /** `open` = whatever has not left yet. */
  readonly state?: SuspenseState | 'open' | undefined;
  /** Entries older than this one. */
  readonly before?: SuspenseId | undefined;
  readonly limit: number;
}

export class SuspenseRepository {
  async insert(sql: Sql, suspenseId: SuspenseId, entry: NewSuspense, receivedTransferId: string): Promise<void> {
    await sql.query(
      `INSERT INTO suspense_entries (suspense_id, channel, reference, currency, minor_units, reason, payer, remark,
         booked_on, order_id, proposed_account_id, recorded_by, received_transfer_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      [
        suspenseId,
        entry.channel,
        entry.reference,
        entry.currency,
        entry.minorUnits.toString(),
        entry.reason,
        entry.payer,
        entry.remark,
        entry.bookedOn,
        entry.orderId,
        entry.proposedAccountId,
        entry.recordedBy,
        receivedTransferId,
      ],
    );
  }

  async find(sql: Sql, suspenseId: SuspenseId): Promise<SuspenseEntry | null> {
    return first(await sql.query<SuspenseRow>(`${SELECT_ENTRIES} WHERE suspense_id = $1`, [suspenseId]));
  }

  async findByReference(sql: Sql, channel: string, reference: string): Promise<SuspenseEntry | null> {
    const text = `${SELECT_ENTRIES} WHERE channel = $1 AND reference = $2`;
    return first(await sql.query<SuspenseRow>(text, [channel, reference]));
  }

  async lock(sql: Sql, suspenseId: SuspenseId): Promise<SuspenseEntry | null> {
    return first(await sql.query<SuspenseRow>(`${SELECT_ENTRIES} WHERE suspense_id = $1 FOR UPDATE`, [suspenseId]));
  }

  /** Newest first. */
  async list(sql: Sql, { state, before, limit }: SuspenseFilter): Promise<readonly SuspenseEntry[]> {
    const rows = await sql.query<SuspenseRow>(
      `${SELECT_ENTRIES} WHERE ($1::text IS NULL OR state = $1 OR ($1 = 'open' AND state NOT IN ('credited', 'returned')))
         AND ($2::uuid IS NULL OR suspense_id < $2) ORDER BY suspense_id DESC LIMIT $3`,
      [state ?? null, before ?? null, limit],
    );
    return rows.map(entryOf);
  }

  async match(sql: Sql, suspenseId: SuspenseId, accountId: AccountId, actor: string): Promise<void> {
    await sql.query(
      `UPDATE suspense_entries SET state = 'matched', account_id = $2, asked_by = $3, asked_at = now()
       WHERE suspense_id = $1 AND state = 'unmatched'`,
      [suspenseId, accountId, actor],
    );
  }

  async askReturn(
    sql: Sql,
    suspenseId: SuspenseId,
    asked: { readonly reference: string; readonly reason: string; readonly actor: string },
  ): Promise<void> {
    await sql.query(
      `UPDATE suspense_entries SET state = 'return_asked', return_reference = $2, return_reason = $3, asked_by = $4,
         asked_at = now() WHERE suspense_id = $1 AND state = 'unmatched'`,
      [suspenseId, asked.reference, asked.reason, asked.actor],
    );
  }

  async reject(sql: Sql, suspenseId: SuspenseId): Promise<void> {
    await sql.query(
      `UPDATE suspense_entries SET state = 'unmatched', account_id = NULL, asked_by = NULL, asked_at = NULL,
         return_reference = NULL, return_reason = NULL WHERE suspense_id = $1 AND state IN ('matched', 'return_asked')`,
      [suspenseId],
    );
  }

  /** It has left: to a customer with a lot, or back to its sender. */
  async leave(
    sql: Sql,
    suspenseId: SuspenseId,
    left: { readonly transferId: string; readonly lotId: LotId | null; readonly actor: string },
  ): Promise<void> {
    await sql.query(
      `UPDATE suspense_entries SET state = $2, left_transfer_id = $3, lot_id = $4, approved_by = $5, approved_at = now()
       WHERE suspense_id = $1 AND state IN ('matched', 'return_asked')`,
      [suspenseId, left.lotId === null ? 'returned' : 'credited', left.transferId, left.lotId, left.actor],
    );
  }
}

interface SuspenseRow {
  readonly suspense_id: SuspenseId;
  readonly channel: string;
  readonly reference: string;
  readonly currency: PaymentCurrency;
  readonly minor_units: string;
  readonly reason: SuspenseReason;
  readonly payer: string | null;
  readonly remark: string | null;
  readonly booked_on: string | null;
  readonly order_id: PaymentOrderId | null;
  readonly proposed_account_id: AccountId | null;
  readonly state: SuspenseState;
  readonly account_id: AccountId | null;
  readonly asked_by: string | null;
  readonly approved_by: string | null;
  readonly return_reference: string | null;
  readonly lot_id: LotId | null;
  readonly recorded_by: string;
  readonly received_at: Date;
}

const SELECT_ENTRIES = `SELECT suspense_id, channel, reference, currency, minor_units, reason, payer, remark,
  booked_on::text, order_id, proposed_account_id, state, account_id, asked_by, approved_by, return_reference, lot_id,
  recorded_by, received_at FROM suspense_entries`;

function first(rows: readonly SuspenseRow[]): SuspenseEntry | null {
  const [row] = rows;
  return row === undefined ? null : entryOf(row);
}

function entryOf(row: SuspenseRow): SuspenseEntry {
  return {
    suspenseId: row.suspense_id,
    channel: row.channel,
    reference: row.reference,
    currency: row.currency,
    minorUnits: BigInt(row.minor_units),
    reason: row.reason,
    payer: row.payer,
    remark: row.remark,
    bookedOn: row.booked_on,
    orderId: row.order_id,
    proposedAccountId: row.proposed_account_id,
    state: row.state,
    accountId: row.account_id,
    askedBy: row.asked_by,
    approvedBy: row.approved_by,
    returnReference: row.return_reference,
    lotId: row.lot_id,
    receivedAt: row.received_at.getTime(),
    recordedBy: row.recorded_by,
  };
}
