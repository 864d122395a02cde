import { arrayOf, quoteIdentifier, type Sql } from '@apilink/postgres';

import type { OutgoingEvent } from './event-log.js';

/**
 * The statements that give a schema its outbox; run them in a migration of that schema. An event that is written in the
 * transaction of its cause is published if and only if that commits.
 */
export function outboxMigration(schema: string): string {
  const name = quoteIdentifier(schema);
  return `
CREATE TABLE ${name}.outbox (
  outbox_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT outbox_pkey PRIMARY KEY,
  topic text NOT NULL,
  key text NOT NULL,
  event_id text NOT NULL,
  type text NOT NULL,
  source text NOT NULL,
  occurred_at_ms bigint NOT NULL,
  traceparent text,
  headers text,
  body text,
  written_at timestamptz NOT NULL DEFAULT now()
);`;
}

/** What the relay of a schema listens to. */
export function outboxChannel(schema: string): string {
  return `${schema}_outbox`;
}

/**
 * Writes events into the outbox, in the caller's transaction. Events of one key keep their order when the writers of
 * that key are serialised by something they lock before they write (the ledger: the account's row): then the order of
 * ids is the order of commits.
 */
export async function writeOutbox(sql: Sql, schema: string, events: readonly OutgoingEvent[]): Promise<void> {
  if (events.length === 0) return;
  await sql.query(
    `WITH written AS (
       INSERT INTO ${quoteIdentifier(schema)}.outbox
         (topic, key, event_id, type, source, occurred_at_ms, traceparent, headers, body)
       SELECT e.topic, e.key, e.event_id, e.type, e.source, e.time_ms, e.traceparent, e.headers, e.body
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[],
                   $9::text[]) WITH ORDINALITY
            AS e (topic, key, event_id, type, source, time_ms, traceparent, headers, body, place)
       ORDER BY e.place
     )
     SELECT pg_notify($10, '')`,
    [
      arrayOf('text', events, ({ topic }) => topic),
      arrayOf('text', events, ({ key }) => key),
      arrayOf('text', events, ({ id }) => id),
      arrayOf('text', events, ({ type }) => type),
      arrayOf('text', events, ({ source }) => source),
      arrayOf('bigint', events, ({ time }) => time),
      arrayOf('text', events, ({ traceparent }) => traceparent ?? null),
      arrayOf('text', events, ({ headers }) => (headers === undefined ? null : JSON.stringify(headers))),
      arrayOf('text', events, ({ body }) => body),
      outboxChannel(schema),
    ],
  );
}

interface OutboxRow {
  readonly outbox_id: string;
  readonly topic: string;
  readonly key: string;
  readonly event_id: string;
  readonly type: string;
  readonly source: string;
  readonly occurred_at_ms: string;
  readonly traceparent: string | null;
  readonly headers: Readonly<Record<string, string>> | null;
  readonly body: string | null;
}

export interface OutboxEntry {
  readonly outboxId: string;
  readonly event: OutgoingEvent;
}

/** The oldest entries, in the order they were written. */
export async function readOutbox(sql: Sql, schema: string, max: number): Promise<readonly OutboxEntry[]> {
  const rows = await sql.query<OutboxRow>(
    `SELECT outbox_id, topic, key, event_id, type, source, occurred_at_ms, traceparent, headers::json AS headers, body
     FROM ${quoteIdentifier(schema)}.outbox ORDER BY outbox_id LIMIT $1`,
    [max],
  );
  return rows.map((row) => ({
    outboxId: row.outbox_id,
    event: {
      topic: row.topic,
      key: row.key,
      id: row.event_id,
      type: row.type,
      source: row.source,
      time: Number(row.occurred_at_ms),
      ...(row.traceparent === null ? {} : { traceparent: row.traceparent }),
      ...(row.headers === null ? {} : { headers: row.headers }),
      body: row.body,
    },
  }));
}

export async function deleteOutbox(sql: Sql, schema: string, entries: readonly OutboxEntry[]): Promise<void> {
  await sql.query(`DELETE FROM ${quoteIdentifier(schema)}.outbox WHERE outbox_id = ANY($1::bigint[])`, [
    entries.map(({ outboxId }) => outboxId),
  ]);
}

/** How many events wait to be published; for `apilink_outbox_pending`. */
export async function countOutbox(sql: Sql, schema: string): Promise<number> {
  const [row] = await sql.query<{ pending: string }>(
    `SELECT count(*) AS pending FROM ${quoteIdentifier(schema)}.outbox`,
  );
  return Number(row?.pending ?? 0);
}
