import type { Migration } from '@apilink/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Offsets come from a counter row per topic and partition that the publisher holds to its commit: so the order of
 * offsets is the order of commits, and a reader that sees an offset has seen all before it. (Sequence values commit out
 * of order, and a poller then skips events for ever.)
 */
const TABLES = `
CREATE TABLE event_log.topics (
  topic text CONSTRAINT topics_pkey PRIMARY KEY,
  partitions integer NOT NULL CONSTRAINT topics_partitions_range CHECK (partitions BETWEEN 1 AND 1000),
  is_compacted boolean NOT NULL,
  retention_days integer CONSTRAINT topics_retention_positive CHECK (retention_days > 0),
  CONSTRAINT topics_one_cleanup CHECK (is_compacted = (retention_days IS NULL))
);

CREATE TABLE event_log.partitions (
  topic text NOT NULL CONSTRAINT partitions_topic_fkey REFERENCES event_log.topics (topic),
  partition integer NOT NULL,
  next_offset bigint NOT NULL DEFAULT 0,
  CONSTRAINT partitions_pkey PRIMARY KEY (topic, partition)
) WITH (fillfactor = 25);

CREATE TABLE event_log.events (
  topic text NOT NULL,
  partition integer NOT NULL,
  event_offset bigint NOT NULL,
  key text NOT NULL,
  event_id text NOT NULL,
  type text NOT NULL,
  source text NOT NULL,
  occurred_at_ms bigint NOT NULL,
  traceparent text,
  headers text,
  body text,
  is_compacted boolean NOT NULL,
  published_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT events_pkey PRIMARY KEY (topic, partition, event_offset)
);
CREATE INDEX events_compacted_key ON event_log.events (topic, partition, key) WHERE is_compacted;
CREATE INDEX events_tombstones ON event_log.events (published_at) WHERE is_compacted AND body IS NULL;

CREATE TABLE event_log.group_offsets (
  group_name text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  next_offset bigint NOT NULL,
  committed_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT group_offsets_pkey PRIMARY KEY (group_name, topic, partition)
) WITH (fillfactor = 25);
`;

/** Locks the counters in (topic, partition) order before anything else, so that publishers cannot deadlock. */
const PUBLISH = `
CREATE FUNCTION event_log.publish(
  topic_list text[], partition_list integer[], key_list text[], id_list text[], type_list text[], source_list text[],
  time_list bigint[], traceparent_list text[], headers_list text[], body_list text[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  wanted integer;
  locked integer;
BEGIN
  SELECT count(*) INTO wanted
  FROM (SELECT DISTINCT e.topic, e.partition FROM unnest(topic_list, partition_list) AS e (topic, partition)) d;

  SELECT count(*) INTO locked FROM (
    SELECT FROM event_log.partitions p
    WHERE (p.topic, p.partition) IN (
      SELECT e.topic, e.partition FROM unnest(topic_list, partition_list) AS e (topic, partition)
    )
    ORDER BY p.topic, p.partition FOR NO KEY UPDATE
  ) l;
  IF locked <> wanted THEN
    RAISE EXCEPTION 'an event names a topic or partition that is not declared' USING ERRCODE = 'foreign_key_violation';
  END IF;

  WITH incoming AS (
    SELECT e.*, t.is_compacted,
           row_number() OVER (PARTITION BY e.topic, e.partition ORDER BY e.place) - 1 AS step
    FROM unnest(topic_list, partition_list, key_list, id_list, type_list, source_list, time_list, traceparent_list,
                headers_list, body_list) WITH ORDINALITY
         AS e (topic, partition, key, event_id, type, source, time_ms, traceparent, headers, body, place)
    JOIN event_log.topics t ON t.topic = e.topic
  ), counted AS (
    UPDATE event_log.partitions p SET next_offset = p.next_offset + c.count
    FROM (SELECT i.topic, i.partition, count(*) AS count FROM incoming i GROUP BY i.topic, i.partition) c
    WHERE p.topic = c.topic AND p.partition = c.partition
    RETURNING p.topic, p.partition, p.next_offset - c.count AS first_offset
  )
  INSERT INTO event_log.events (topic, partition, event_offset, key, event_id, type, source, occurred_at_ms,
                                traceparent, headers, body, is_compacted)
  SELECT i.topic, i.partition, c.first_offset + i.step, i.key, i.event_id, i.type, i.source, i.time_ms,
         i.traceparent, i.headers, i.body, i.is_compacted
  FROM incoming i JOIN counted c ON c.topic = i.topic AND c.partition = i.partition;

  DELETE FROM event_log.events old
  USING (
    SELECT DISTINCT e.topic, e.partition, e.key
    FROM unnest(topic_list, partition_list, key_list) AS e (topic, partition, key)
    JOIN event_log.topics t ON t.topic = e.topic AND t.is_compacted
  ) written
  WHERE old.is_compacted AND old.topic = written.topic AND old.partition = written.partition AND old.key = written.key
    AND old.event_offset < (
      SELECT max(latest.event_offset) FROM event_log.events latest
      WHERE latest.is_compacted AND latest.topic = written.topic AND latest.partition = written.partition
        AND latest.key = written.key
    );
END $$;
`;

/**
 * Deletes what is older than its topic keeps, in bounded steps: at most \`rows_max\` of each partition whose oldest event
 * is due, and tombstones after a day, when every follower that was running has read them. Returns how many rows went.
 */
const CLEAN = `
CREATE FUNCTION event_log.clean(rows_max integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  expired bigint;
  buried bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('event_log.clean', 0)) THEN RETURN 0; END IF;

  WITH due AS (
    SELECT p.topic, p.partition, now() - make_interval(days => t.retention_days) AS before
    FROM event_log.topics t
    JOIN event_log.partitions p ON p.topic = t.topic
    CROSS JOIN LATERAL (
      SELECT e.published_at FROM event_log.events e WHERE e.topic = p.topic AND e.partition = p.partition
      ORDER BY e.event_offset LIMIT 1
    ) oldest
    WHERE NOT t.is_compacted AND oldest.published_at < now() - make_interval(days => t.retention_days)
  ), chosen AS (
    SELECT e.topic, e.partition, e.event_offset
    FROM due d CROSS JOIN LATERAL (
      SELECT v.topic, v.partition, v.event_offset, v.published_at FROM event_log.events v
      WHERE v.topic = d.topic AND v.partition = d.partition ORDER BY v.event_offset LIMIT rows_max
    ) e
    WHERE e.published_at < d.before
  )
  DELETE FROM event_log.events e USING chosen c
  WHERE e.topic = c.topic AND e.partition = c.partition AND e.event_offset = c.event_offset;
  GET DIAGNOSTICS expired = ROW_COUNT;

  DELETE FROM event_log.events
  WHERE is_compacted AND body IS NULL AND published_at < now() - interval '1 day';
  GET DIAGNOSTICS buried = ROW_COUNT;
  RETURN expired + buried;
END $$;
`;

const GRANTS = `
GRANT SELECT, INSERT, UPDATE, DELETE
  ON event_log.topics, event_log.partitions, event_log.events, event_log.group_offsets TO event_log_member;
GRANT EXECUTE ON FUNCTION
  event_log.publish(text[], integer[], text[], text[], text[], text[], bigint[], text[], text[], text[]),
  event_log.clean(integer) TO event_log_member;
`;

class CreateEventLog implements MigrationInterface {
  readonly name = 'CreateEventLog1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const part of [TABLES, PUBLISH, CLEAN, GRANTS]) await runner.query(part);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION event_log.publish, event_log.clean');
    await runner.query('DROP TABLE event_log.group_offsets, event_log.events, event_log.partitions, event_log.topics');
  }
}

/** Migrations of the schema `event_log`. */
export const eventLogMigrations: readonly Migration[] = [CreateEventLog];
