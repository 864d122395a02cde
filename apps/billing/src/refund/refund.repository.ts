import type { AccountId, GenerationId, LotId, RefundId } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';

import type { LedgerCurrency } from '../ledger/ledger-account.domain.js';
import type { Refund, RefundState } from './refund.domain.js';

export type NewRefund = Omit<
  Refund,
  'state' | 'channel' | 'paymentReference' | 'channelReference' | 'isManual' | 'voidReason' | 'requestedAt' | 'endedAt'
>;

/** Rows of refunds: each state is left once, by a statement that names the state it leaves. */
export class RefundRepository {
  async insert(sql: Sql, refund: NewRefund): Promise<void> {
    await sql.query(
      `INSERT INTO refunds (refund_id, account_id, lot_id, request_key, part, request_hash, currency, minor_units,
         debit_nano_usd, gate_hold_id, reason, actor)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        refund.refundId,
        refund.accountId,
        refund.lotId,
        refund.requestKey,
        refund.part,
        refund.requestHash,
        refund.currency,
        refund.minorUnits.toString(),
        refund.debitNanoUsd.toString(),
        refund.gateHoldId,
        refund.reason,
        refund.actor,
      ],
    );
  }

  async find(sql: Sql, refundId: RefundId): Promise<Refund | null> {
    const [row] = await sql.query<RefundRow>(`${SELECT_REFUNDS} WHERE r.refund_id = $1`, [refundId]);
    return row === undefined ? null : refundOf(row);
  }

  /** Locks the row; null unless it is in this state. Call it under the customer's lock. */
  async lockIn(sql: Sql, refundId: RefundId, state: RefundState): Promise<Refund | null> {
    const [row] = await sql.query<RefundRow>(
      `${SELECT_REFUNDS} WHERE r.refund_id = $1 AND r.state = $2 FOR UPDATE OF r`,
      [refundId, state],
    );
    return row === undefined ? null : refundOf(row);
  }

  async findOfRequest(sql: Sql, accountId: AccountId, requestKey: string): Promise<readonly Refund[]> {
    const rows = await sql.query<RefundRow>(
      `${SELECT_REFUNDS} WHERE r.account_id = $1 AND r.request_key = $2 ORDER BY r.part`,
      [accountId, requestKey],
    );
    return rows.map(refundOf);
  }

  /** Newest first. */
  async list(sql: Sql, accountId: AccountId, limit: number): Promise<readonly Refund[]> {
    const rows = await sql.query<RefundRow>(
      `${SELECT_REFUNDS} WHERE r.account_id = $1 ORDER BY r.requested_at DESC, r.refund_id DESC LIMIT $2`,
      [accountId, limit],
    );
    return rows.map(refundOf);
  }

  /** Those that have not ended, oldest first; of one account or of all. */
  async listOpen(sql: Sql, accountId: AccountId | null, limit: number): Promise<readonly Refund[]> {
    const rows = await sql.query<RefundRow>(
      `${SELECT_REFUNDS} WHERE r.state IN ('requested', 'held', 'submitted')
         AND ($1::uuid IS NULL OR r.account_id = $1::uuid) ORDER BY r.requested_at, r.refund_id LIMIT $2`,
      [accountId, limit],
    );
    return rows.map(refundOf);
  }

  /** Lots of an account that have a refund on its way. */
  async lotsOnTheirWay(sql: Sql, accountId: AccountId): Promise<ReadonlySet<LotId>> {
    const rows = await sql.query<{ lot_id: LotId }>(
      `SELECT lot_id FROM refunds WHERE account_id = $1 AND state IN ('requested', 'held', 'submitted')`,
      [accountId],
    );
    return new Set(rows.map((row) => row.lot_id));
  }

  async isKnown(sql: Sql, accountId: AccountId): Promise<boolean> {
    const rows = await sql.query('SELECT FROM refunds WHERE account_id = $1 LIMIT 1', [accountId]);
    return rows.length > 0;
  }

  async markHeld(sql: Sql, refundId: RefundId): Promise<void> {
    await sql.query(`UPDATE refunds SET state = 'held', held_at = now() WHERE refund_id = $1`, [refundId]);
  }

  async markSubmitted(
    sql: Sql,
    refundId: RefundId,
    { reference, isManual }: { reference: string | null; isManual: boolean },
  ): Promise<void> {
    await sql.query(
      `UPDATE refunds SET state = 'submitted', submitted_at = coalesce(submitted_at, now()),
         channel_reference = coalesce($2, channel_reference), is_manual = $3 WHERE refund_id = $1`,
      [refundId, reference, isManual],
    );
  }

  /** Returns when, by the database's clock, ms since the epoch. */
  async markPosted(sql: Sql, refundId: RefundId, transferId: string): Promise<number> {
    const [row] = await sql.query<{ ended_at: Date }>(
      `UPDATE refunds SET state = 'posted', ended_at = now(), transfer_id = $2 WHERE refund_id = $1 RETURNING ended_at`,
      [refundId, transferId],
    );
    if (row === undefined) throw new Error('the refund was not written');
    return row.ended_at.getTime();
  }

  async markVoided(sql: Sql, refundId: RefundId, reason: string): Promise<void> {
    await sql.query(`UPDATE refunds SET state = 'voided', ended_at = now(), void_reason = $2 WHERE refund_id = $1`, [
      refundId,
      reason,
    ]);
  }
}

interface RefundRow {
  readonly refund_id: RefundId;
  readonly account_id: AccountId;
  readonly lot_id: LotId;
  readonly request_key: string;
  readonly part: number;
  readonly request_hash: string;
  readonly state: RefundState;
  readonly currency: LedgerCurrency;
  readonly minor_units: string;
  readonly debit_nano_usd: string;
  readonly gate_hold_id: GenerationId;
  readonly channel: string;
  readonly reference: string;
  readonly channel_reference: string | null;
  readonly is_manual: boolean;
  readonly reason: string;
  readonly void_reason: string | null;
  readonly actor: string;
  readonly requested_at: Date;
  readonly ended_at: Date | null;
}

const SELECT_REFUNDS = `
SELECT r.refund_id, r.account_id, r.lot_id, r.request_key, r.part, r.request_hash, r.state, r.currency, r.minor_units,
  r.debit_nano_usd, r.gate_hold_id, l.channel, l.reference, r.channel_reference, r.is_manual, r.reason, r.void_reason,
  r.actor, r.requested_at, r.ended_at
FROM refunds r JOIN lots l USING (lot_id)`;

function refundOf(row: RefundRow): Refund {
  return {
    refundId: row.refund_id,
    accountId: row.account_id,
    lotId: row.lot_id,
    requestKey: row.request_key,
    part: row.part,
    requestHash: row.request_hash,
    state: row.state,
    currency: row.currency,
    minorUnits: BigInt(row.minor_units),
    debitNanoUsd: BigInt(row.debit_nano_usd),
    gateHoldId: row.gate_hold_id,
    channel: row.channel,
    paymentReference: row.reference,
    channelReference: row.channel_reference,
    isManual: row.is_manual,
    reason: row.reason,
    voidReason: row.void_reason,
    actor: row.actor,
    requestedAt: row.requested_at.getTime(),
    endedAt: row.ended_at?.getTime() ?? null,
  };
}
