import type { AccountId } from '@apilink/contracts';
import type { GateChange } from '@apilink/holds';
import type { Sql } from '@apilink/postgres';

import { changeOf, storedText, type GateOutboxEntry, type StoredChange } from './gate-outbox.entity.js';

/** What the gate writer listens to; it only wakes, the table is the truth. */
export const GATE_OUTBOX_CHANNEL = 'billing_gate_outbox';

export interface GateBacklog {
  readonly pending: number;
  /** Age of the oldest row in seconds; 0 without one. */
  readonly oldestSeconds: number;
}

/** What commits have to tell a gate that is not in their own database, oldest first. */
export class GateOutboxRepository {
  /** In the transaction whose changes they are; the ids of one account follow its locks. */
  async write(sql: Sql, changes: readonly GateChange[]): Promise<void> {
    if (changes.length === 0) return;
    await sql.query(WRITE, [changes.map(({ accountId }) => accountId), changes.map(storedText), GATE_OUTBOX_CHANNEL]);
  }

  /** The oldest rows, without those of accounts that have to wait. */
  async read(sql: Sql, limit: number, waiting: readonly AccountId[]): Promise<readonly GateOutboxEntry[]> {
    const rows = await sql.query<EntryRow>(waiting.length === 0 ? READ : READ_OTHERS, [
      limit,
      ...(waiting.length === 0 ? [] : [waiting]),
    ]);
    return rows.map((row) => ({
      gateOutboxId: row.gate_outbox_id,
      accountId: row.account_id,
      change: changeOf(row.change),
    }));
  }

  async delete(sql: Sql, entries: readonly GateOutboxEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await sql.query('DELETE FROM gate_outbox WHERE gate_outbox_id = ANY($1::bigint[])', [
      entries.map(({ gateOutboxId }) => gateOutboxId),
    ]);
  }

  /** The newest row of an account; null when the gate was told everything. */
  async lastOf(sql: Sql, accountId: AccountId): Promise<string | null> {
    const [row] = await sql.query<{ last: string | null }>(
      'SELECT max(gate_outbox_id) AS last FROM gate_outbox WHERE account_id = $1',
      [accountId],
    );
    return row?.last ?? null;
  }

  /** Whether a row of the account up to this one still waits. */
  async isPending(sql: Sql, accountId: AccountId, upTo: string): Promise<boolean> {
    const rows = await sql.query(
      'SELECT FROM gate_outbox WHERE account_id = $1 AND gate_outbox_id <= $2::bigint LIMIT 1',
      [accountId, upTo],
    );
    return rows.length > 0;
  }

  async backlog(sql: Sql): Promise<GateBacklog> {
    const [row] = await sql.query<{ pending: string; oldest: string | null }>(
      `SELECT count(*) AS pending, extract(epoch FROM clock_timestamp() - min(written_at)) AS oldest FROM gate_outbox`,
    );
    return { pending: Number(row?.pending ?? 0), oldestSeconds: Math.max(0, Number(row?.oldest ?? 0)) };
  }
}

interface EntryRow {
  readonly gate_outbox_id: string;
  readonly account_id: AccountId;
  readonly change: StoredChange;
}

const WRITE = `
WITH written AS (
  INSERT INTO gate_outbox (account_id, change)
  SELECT account_id, change FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS c (account_id, change, place)
  ORDER BY place
)
SELECT pg_notify($3, '')`;

const SELECT_ENTRIES = 'SELECT gate_outbox_id, account_id, change::json AS change FROM gate_outbox';
const READ = `${SELECT_ENTRIES} ORDER BY gate_outbox_id LIMIT $1`;
const READ_OTHERS = `${SELECT_ENTRIES} WHERE account_id <> ALL ($2::uuid[]) ORDER BY gate_outbox_id LIMIT $1`;
