import type { AccountId, LotId } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';

import type { LedgerCurrency } from '../ledger/ledger-account.domain.js';
import type { Lot } from './lot.domain.js';

/** What a lot tells of the payment behind it; all null on a gift. */
export interface LotOrigin {
  readonly channel: string | null;
  /** The channel's own number of the payment. */
  readonly reference: string | null;
  readonly receivingEntity: string | null;
  readonly payer: string | null;
  readonly fxQuoteId: string | null;
  /** Of RMB: the transfer that received it. */
  readonly receivedTransferId: string | null;
}

export interface LotRecord extends Lot, LotOrigin {
  /** The database's clock, ms since the epoch. */
  readonly openedAt: number;
}

/** Lots: written and read under the customer's lock, but for pages that people look at. */
export class LotRepository {
  /** All that are not spent, of these accounts, first opened first. */
  async findUnspent(sql: Sql, accountIds: Iterable<AccountId>): Promise<ReadonlyMap<AccountId, readonly Lot[]>> {
    const rows = await sql.query<LotRow>(
      `SELECT ${LOT_COLUMNS} FROM lots WHERE account_id = ANY($1::uuid[]) AND NOT is_spent ORDER BY account_id, seq`,
      [[...new Set(accountIds)]],
    );
    const lots = new Map<AccountId, Lot[]>();
    for (const row of rows) {
      const list = lots.get(row.account_id) ?? [];
      list.push(lotOf(row));
      lots.set(row.account_id, list);
    }
    return lots;
  }

  async find(sql: Sql, lotId: LotId): Promise<LotRecord | null> {
    const [row] = await sql.query<LotRecordRow>(`${SELECT_RECORDS} WHERE lot_id = $1`, [lotId]);
    return row === undefined ? null : recordOf(row);
  }

  async findByReference(sql: Sql, channel: string, reference: string): Promise<LotRecord | null> {
    const [row] = await sql.query<LotRecordRow>(`${SELECT_RECORDS} WHERE channel = $1 AND reference = $2`, [
      channel,
      reference,
    ]);
    return row === undefined ? null : recordOf(row);
  }

  /** Newest first. */
  async list(sql: Sql, accountId: AccountId, limit: number): Promise<readonly LotRecord[]> {
    const rows = await sql.query<LotRecordRow>(`${SELECT_RECORDS} WHERE account_id = $1 ORDER BY seq DESC LIMIT $2`, [
      accountId,
      limit,
    ]);
    return rows.map(recordOf);
  }

  /** Opens a lot whose transfer stands. Returns when, by the database's clock, ms since the epoch. */
  async insert(sql: Sql, lot: Lot & LotOrigin): Promise<number> {
    const [row] = await sql.query<{ opened_at: Date }>(INSERT_LOT, [
      lot.lotId,
      lot.accountId,
      lot.kind,
      lot.currency,
      lot.paidMinorUnits.toString(),
      lot.creditNanoUsd.toString(),
      lot.drawnNanoUsd.toString(),
      lot.fxQuoteId,
      lot.receivedTransferId,
      lot.channel,
      lot.reference,
      lot.receivingEntity,
      lot.payer,
    ]);
    if (row === undefined) throw new Error('the lot was not written');
    return row.opened_at.getTime();
  }

  /** What a batch of usage has drawn: one update for each lot, however many events drew from it. */
  async updateDrawn(sql: Sql, lots: readonly Lot[]): Promise<void> {
    if (lots.length === 0) return;
    await sql.query(UPDATE_DRAWN, [
      lots.map(({ lotId }) => lotId),
      lots.map(({ drawnNanoUsd }) => drawnNanoUsd.toString()),
    ]);
  }

  /** Writes back all that may change of lots. */
  async update(sql: Sql, lots: readonly Lot[]): Promise<void> {
    for (const lot of lots) {
      await sql.query(UPDATE_LOT, [
        lot.lotId,
        lot.drawnNanoUsd.toString(),
        lot.refundingNanoUsd.toString(),
        lot.refundedNanoUsd.toString(),
        lot.refundedMinorUnits.toString(),
        lot.chargedBackNanoUsd.toString(),
        lot.chargedBackMinorUnits.toString(),
        lot.writtenOffNanoUsd.toString(),
      ]);
    }
  }
}

interface LotRow {
  readonly lot_id: LotId;
  readonly account_id: AccountId;
  readonly kind: 'promo' | 'paid';
  readonly currency: LedgerCurrency;
  readonly paid_minor_units: string;
  readonly credit_nano_usd: string;
  readonly drawn_nano_usd: string;
  readonly refunding_nano_usd: string;
  readonly refunded_nano_usd: string;
  readonly refunded_minor_units: string;
  readonly charged_back_nano_usd: string;
  readonly charged_back_minor_units: string;
  readonly written_off_nano_usd: string;
}

interface LotRecordRow extends LotRow {
  readonly channel: string | null;
  readonly reference: string | null;
  readonly receiving_entity: string | null;
  readonly payer: string | null;
  readonly fx_quote_id: string | null;
  readonly received_transfer_id: string | null;
  readonly opened_at: Date;
}

const LOT_COLUMNS = `lot_id, account_id, kind, currency, paid_minor_units, credit_nano_usd, drawn_nano_usd,
  refunding_nano_usd, refunded_nano_usd, refunded_minor_units, charged_back_nano_usd, charged_back_minor_units,
  written_off_nano_usd`;

const SELECT_RECORDS = `SELECT ${LOT_COLUMNS}, channel, reference, receiving_entity, payer, fx_quote_id,
  received_transfer_id, opened_at FROM lots`;

const INSERT_LOT = `
INSERT INTO lots (lot_id, account_id, kind, currency, paid_minor_units, credit_nano_usd, drawn_nano_usd, fx_quote_id,
  received_transfer_id, channel, reference, receiving_entity, payer)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING opened_at`;

const UPDATE_DRAWN = `
UPDATE lots l SET drawn_nano_usd = n.drawn
FROM unnest($1::uuid[], $2::bigint[]) AS n (lot_id, drawn) WHERE l.lot_id = n.lot_id`;

const UPDATE_LOT = `
UPDATE lots SET drawn_nano_usd = $2, refunding_nano_usd = $3, refunded_nano_usd = $4, refunded_minor_units = $5,
  charged_back_nano_usd = $6, charged_back_minor_units = $7, written_off_nano_usd = $8
WHERE lot_id = $1`;

function lotOf(row: LotRow): Lot {
  return {
    lotId: row.lot_id,
    accountId: row.account_id,
    kind: row.kind,
    currency: row.currency,
    paidMinorUnits: BigInt(row.paid_minor_units),
    creditNanoUsd: BigInt(row.credit_nano_usd),
    drawnNanoUsd: BigInt(row.drawn_nano_usd),
    refundingNanoUsd: BigInt(row.refunding_nano_usd),
    refundedNanoUsd: BigInt(row.refunded_nano_usd),
    refundedMinorUnits: BigInt(row.refunded_minor_units),
    chargedBackNanoUsd: BigInt(row.charged_back_nano_usd),
    chargedBackMinorUnits: BigInt(row.charged_back_minor_units),
    writtenOffNanoUsd: BigInt(row.written_off_nano_usd),
  };
}

function recordOf(row: LotRecordRow): LotRecord {
  return {
    ...lotOf(row),
    channel: row.channel,
    reference: row.reference,
    receivingEntity: row.receiving_entity,
    payer: row.payer,
    fxQuoteId: row.fx_quote_id,
    receivedTransferId: row.received_transfer_id,
    openedAt: row.opened_at.getTime(),
  };
}
