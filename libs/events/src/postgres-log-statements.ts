import type { Sql } from '@apilink/postgres';

import type { LoggedEvent, OutgoingEvent } from './event-log.js';
import { partitionOf } from './partitioner.js';
import type { TopicCatalog } from './topic-layout.js';

const PUBLISH = 'SELECT event_log.publish($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)';

const READ = `
SELECT topic, partition, event_offset, key, event_id, type, source, occurred_at_ms, traceparent, headers, body
FROM event_log.events WHERE topic = $1 AND partition = $2 AND event_offset >= $3 ORDER BY event_offset LIMIT $4`;

interface EventRow {
  readonly topic: string;
  readonly partition: number;
  readonly event_offset: string;
  readonly key: string;
  readonly event_id: string;
  readonly type: string;
  readonly source: string;
  readonly occurred_at_ms: string;
  readonly traceparent: string | null;
  readonly headers: string | null;
  readonly body: string | null;
}

/** Appends events in one round trip, inside the transaction of `sql` if it is one. */
export async function appendEvents(sql: Sql, catalog: TopicCatalog, events: readonly OutgoingEvent[]): Promise<void> {
  if (events.length === 0) return;
  await sql.query(PUBLISH, [
    events.map(({ topic }) => topic),
    events.map(({ topic, key }) => partitionOf(key, catalog.layout(topic).partitions)),
    events.map(({ key }) => key),
    events.map(({ id }) => id),
    events.map(({ type }) => type),
    events.map(({ source }) => source),
    events.map(({ time }) => time),
    events.map(({ traceparent }) => traceparent ?? null),
    events.map(({ headers }) => (headers === undefined ? null : JSON.stringify(headers))),
    events.map(({ body }) => body),
  ]);
}

export async function readEvents(
  sql: Sql,
  { topic, partition }: { topic: string; partition: number },
  from: bigint,
  max: number,
): Promise<readonly LoggedEvent[]> {
  const rows = await sql.query<EventRow>(READ, [topic, partition, from.toString(), max]);
  return rows.map(eventOf);
}

export async function readEnds(
  sql: Sql,
  topics: readonly string[],
): Promise<readonly { topic: string; partition: number; end: bigint }[]> {
  const rows = await sql.query<{ topic: string; partition: number; next_offset: string }>(
    'SELECT topic, partition, next_offset FROM event_log.partitions WHERE topic = ANY($1) ORDER BY topic, partition',
    [topics],
  );
  return rows.map(({ topic, partition, next_offset: next }) => ({ topic, partition, end: BigInt(next) }));
}

export async function readCommitted(
  sql: Sql,
  group: string,
  topics: readonly string[],
): Promise<readonly { topic: string; partition: number; next: bigint }[]> {
  const rows = await sql.query<{ topic: string; partition: number; next_offset: string }>(
    'SELECT topic, partition, next_offset FROM event_log.group_offsets WHERE group_name = $1 AND topic = ANY($2)',
    [group, topics],
  );
  return rows.map(({ topic, partition, next_offset: next }) => ({ topic, partition, next: BigInt(next) }));
}

export async function commitOffset(
  sql: Sql,
  group: string,
  { topic, partition }: { topic: string; partition: number },
  next: bigint,
): Promise<void> {
  await sql.query(
    `INSERT INTO event_log.group_offsets (group_name, topic, partition, next_offset) VALUES ($1, $2, $3, $4)
     ON CONFLICT ON CONSTRAINT group_offsets_pkey
     DO UPDATE SET next_offset = EXCLUDED.next_offset, committed_at = now()`,
    [group, topic, partition, next.toString()],
  );
}

/** Makes the topics known; throws when the database has one with another number of partitions. */
export async function declareTopics(sql: Sql, catalog: TopicCatalog): Promise<void> {
  const layouts = catalog.all();
  const names = layouts.map(({ name }) => name);
  await sql.query(
    `INSERT INTO event_log.topics (topic, partitions, is_compacted, retention_days)
     SELECT * FROM unnest($1::text[], $2::integer[], $3::boolean[], $4::integer[]) ORDER BY 1
     ON CONFLICT ON CONSTRAINT topics_pkey DO UPDATE SET retention_days = EXCLUDED.retention_days
     WHERE NOT topics.is_compacted AND topics.retention_days <> EXCLUDED.retention_days`,
    [
      names,
      layouts.map(({ partitions }) => partitions),
      layouts.map(({ cleanup }) => cleanup.policy === 'compact'),
      layouts.map(({ cleanup }) => (cleanup.policy === 'compact' ? null : cleanup.retentionDays)),
    ],
  );
  await sql.query(
    `INSERT INTO event_log.partitions (topic, partition)
     SELECT t.topic, p FROM event_log.topics t, generate_series(0, t.partitions - 1) p
     WHERE t.topic = ANY($1) ORDER BY 1, 2 ON CONFLICT ON CONSTRAINT partitions_pkey DO NOTHING`,
    [names],
  );
  const rows = await sql.query<{ topic: string; partitions: number }>(
    'SELECT topic, partitions FROM event_log.topics WHERE topic = ANY($1)',
    [names],
  );
  for (const { topic, partitions } of rows) {
    const expected = catalog.layout(topic).partitions;
    if (partitions !== expected) {
      throw new Error(
        `the topic ${topic} has ${partitions} partitions in this database and ${expected} in this program: partitions are chosen once`,
      );
    }
  }
}

function eventOf(row: EventRow): LoggedEvent {
  const headers = readHeaders(row.headers);
  return {
    topic: row.topic,
    partition: row.partition,
    offset: BigInt(row.event_offset),
    key: row.key,
    id: row.event_id,
    type: row.type,
    source: row.source,
    time: Number(row.occurred_at_ms),
    ...(row.traceparent === null ? {} : { traceparent: row.traceparent }),
    ...(headers === null ? {} : { headers }),
    body: row.body,
  };
}

function readHeaders(text: string | null): Readonly<Record<string, string>> | null {
  if (text === null) return null;
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) return null;
  return Object.fromEntries(Object.entries(value).map(([name, content]) => [name, String(content)]));
}
