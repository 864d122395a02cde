import type { AccountId } from '@apilink/contracts';
import type { Fen } from '@apilink/money';
import type { Sql } from '@apilink/postgres';

import type { EntryKind, InvoiceableEntry } from './invoiceable-entry.domain.js';

/** What the entries of one kind come to. */
export interface KindSum {
  readonly kind: EntryKind;
  readonly invoiceableFen: Fen;
  readonly moneyFen: Fen;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

/**
 * One writer per partition of the ledger, to the end of the transaction: two members of the group may overlap for a
 * moment when partitions move, and the second one has to see what the first one wrote.
 */
export async function lockPartition(sql: Sql, partition: number): Promise<void> {
  await sql.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`invoicing.ledger/${partition}`]);
}

/** Those of the events that were taken before. */
export async function findSources(sql: Sql, sourceIds: readonly string[]): Promise<readonly string[]> {
  if (sourceIds.length === 0) return [];
  const rows = await sql.query<{ source_id: string }>(
    'SELECT DISTINCT source_id FROM invoiceable_entries WHERE source_id = ANY($1::text[])',
    [sourceIds],
  );
  return rows.map((row) => row.source_id);
}

export async function addEntries(sql: Sql, entries: readonly InvoiceableEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await sql.query(
    `INSERT INTO invoiceable_entries (source_id, lot_id, kind, account_id, invoiceable_fen, money_fen, drawn_nano_usd,
       refunded_minor_units, posted_at, ledger_version)
     SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::uuid[], $5::bigint[], $6::bigint[], $7::bigint[],
       $8::bigint[], $9::timestamptz[], $10::bigint[])`,
    [
      entries.map(({ sourceId }) => sourceId),
      entries.map(({ lotId }) => lotId),
      entries.map(({ kind }) => kind),
      entries.map(({ accountId }) => accountId),
      entries.map(({ invoiceableFen }) => invoiceableFen.toString()),
      entries.map(({ moneyFen }) => moneyFen.toString()),
      entries.map(({ drawnNanoUsd }) => drawnNanoUsd?.toString() ?? null),
      entries.map(({ refundedMinorUnits }) => refundedMinorUnits?.toString() ?? null),
      entries.map(({ postedAt }) => new Date(postedAt).toISOString()),
      entries.map(({ ledgerVersion }) => ledgerVersion),
    ],
  );
}

export async function sumByKind(sql: Sql, accountId: AccountId): Promise<readonly KindSum[]> {
  const rows = await sql.query<{ kind: EntryKind; fen: string; money: string; from: Date; to: Date }>(
    `SELECT kind, sum(invoiceable_fen)::bigint AS fen, sum(money_fen)::bigint AS money,
       min(posted_at) AS "from", max(posted_at) AS "to"
     FROM invoiceable_entries WHERE account_id = $1 GROUP BY kind`,
    [accountId],
  );
  return rows.map(({ kind, fen, money, from, to }) => ({
    kind,
    invoiceableFen: BigInt(fen),
    moneyFen: BigInt(money),
    from: from.getTime(),
    to: to.getTime(),
  }));
}
