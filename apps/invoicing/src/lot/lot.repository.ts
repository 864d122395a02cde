import { accountIdSchema, lotIdSchema, type AccountId, type LotId } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';

import type { Lot, LotProgress } from './lot.domain.js';

export interface LotWithProgress {
  readonly lot: Lot;
  readonly progress: LotProgress;
}

interface LotRow {
  readonly lot_id: string;
  readonly account_id: string;
  readonly channel: string;
  readonly reference: string;
  readonly receiving_entity: string;
  readonly currency: 'USD' | 'CNY';
  readonly paid_minor_units: string;
  readonly credit_nano_usd: string;
  readonly is_invoiceable: boolean;
  readonly paid_at: Date;
  readonly drawn_nano_usd: string;
  readonly refunded_minor_units: string;
}

/** The highest draw that was told is the one in force: a late smaller one is no news. */
const PROGRESS = `
  SELECT l.*, coalesce(drawn.highest, 0) AS drawn_nano_usd, coalesce(refunded.sum, 0)::bigint AS refunded_minor_units
  FROM found l
  LEFT JOIN LATERAL (
    SELECT e.drawn_nano_usd AS highest FROM invoiceable_entries e
    WHERE e.lot_id = l.lot_id AND e.kind = 'CONSUMED' ORDER BY e.drawn_nano_usd DESC LIMIT 1
  ) drawn ON true
  LEFT JOIN LATERAL (
    SELECT sum(e.refunded_minor_units) AS sum FROM invoiceable_entries e WHERE e.lot_id = l.lot_id AND e.kind = 'REFUND'
  ) refunded ON true`;

/** Those of the lots that are known, with how far they are used. */
export async function findLots(sql: Sql, lotIds: readonly LotId[]): Promise<readonly LotWithProgress[]> {
  if (lotIds.length === 0) return [];
  const rows = await sql.query<LotRow>(
    `WITH found AS (SELECT * FROM lots WHERE lot_id = ANY($1::uuid[])) ${PROGRESS}`,
    [lotIds],
  );
  return rows.map(lotOf);
}

/** Newest first. */
export async function lotsOfAccount(sql: Sql, accountId: AccountId, max: number): Promise<readonly LotWithProgress[]> {
  const rows = await sql.query<LotRow>(
    `WITH found AS (SELECT * FROM lots WHERE account_id = $1 ORDER BY paid_at DESC, lot_id LIMIT $2) ${PROGRESS}
     ORDER BY l.paid_at DESC, l.lot_id`,
    [accountId, max],
  );
  return rows.map(lotOf);
}

export async function addLots(sql: Sql, lots: readonly Lot[]): Promise<void> {
  if (lots.length === 0) return;
  await sql.query(
    `INSERT INTO lots (lot_id, account_id, channel, reference, receiving_entity, currency, paid_minor_units,
       credit_nano_usd, is_invoiceable, paid_at)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],
       $8::bigint[], $9::boolean[], $10::timestamptz[])`,
    [
      lots.map(({ lotId }) => lotId),
      lots.map(({ accountId }) => accountId),
      lots.map(({ channel }) => channel),
      lots.map(({ reference }) => reference),
      lots.map(({ receivingEntity }) => receivingEntity),
      lots.map(({ currency }) => currency),
      lots.map(({ paidMinorUnits }) => paidMinorUnits.toString()),
      lots.map(({ creditNanoUsd }) => creditNanoUsd.toString()),
      lots.map(({ isInvoiceable }) => isInvoiceable),
      lots.map(({ paidAt }) => new Date(paidAt).toISOString()),
    ],
  );
}

function lotOf(row: LotRow): LotWithProgress {
  return {
    lot: {
      lotId: lotIdSchema.out.parse(row.lot_id),
      accountId: accountIdSchema.out.parse(row.account_id),
      channel: row.channel,
      reference: row.reference,
      receivingEntity: row.receiving_entity,
      currency: row.currency,
      paidMinorUnits: BigInt(row.paid_minor_units),
      creditNanoUsd: BigInt(row.credit_nano_usd),
      isInvoiceable: row.is_invoiceable,
      paidAt: row.paid_at.getTime(),
    },
    progress: {
      drawnNanoUsd: BigInt(row.drawn_nano_usd),
      refundedMinorUnits: BigInt(row.refunded_minor_units),
    },
  };
}
