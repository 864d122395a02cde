import type { DatabaseSession, PostgresDatabase } from '@apilink/postgres';

import type { LoggedEvent, OutgoingEvent } from './event-log.js';
import { fairShare } from './fair-share.js';
import { commitOffset, readCommitted, readEnds, readEvents } from './postgres-log-statements.js';
import { partitionKey, type Claim, type OwnedPartition, type PartitionSource } from './pull-subscription.js';
import type { TopicCatalog } from './topic-layout.js';

const REBALANCE_MS = 1_000;
/** Every member holds a lock per group and topic in share; whoever is seen holding it in `pg_locks` is a member. */
const JOIN = `
SELECT pg_advisory_lock_shared(hashtextextended($1 || '/' || t.topic, 0)) FROM unnest($2::text[]) AS t (topic)`;
const MEMBERS = `
SELECT g.topic, l.pid = pg_backend_pid() AS is_me
FROM (SELECT t.topic, hashtextextended($1 || '/' || t.topic, 0) AS key FROM unnest($2::text[]) AS t (topic)) g
JOIN pg_locks l ON l.classid::bigint = (g.key >> 32) & 4294967295 AND l.objid::bigint = g.key & 4294967295
WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY g.topic, l.pid`;
const CLAIM = `
SELECT p.topic, p.partition FROM unnest($2::text[], $3::integer[]) AS p (topic, partition)
WHERE pg_try_advisory_lock(hashtextextended($1 || '/' || p.topic || '/' || p.partition, 0))`;
const RELEASE = `SELECT pg_advisory_unlock(hashtextextended($1 || '/' || $2 || '/' || $3::text, 0))`;

export interface PostgresSourceOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly now: () => number;
  /** Resolves when the topics are declared. */
  readonly ready: () => Promise<void>;
  readonly publish: (events: readonly OutgoingEvent[]) => Promise<void>;
}

/**
 * A member of a group is one session of Postgres. It owns a partition by a session-level advisory lock, and commits
 * offsets on that same session: when the session breaks, the locks are free at once for another member, and this one
 * can commit nothing any more. No clock and no lease is involved.
 */
export class PostgresPartitionSource implements PartitionSource {
  private readonly lockName: string;
  private session: DatabaseSession | null = null;
  private owned = new Map<string, OwnedPartition>();
  private leaving: ReadonlySet<OwnedPartition> = new Set();
  private rebalanceAt = 0;

  constructor(
    private readonly database: PostgresDatabase,
    private readonly catalog: TopicCatalog,
    private readonly options: PostgresSourceOptions,
  ) {
    this.lockName = `event_log.group/${options.group}`;
  }

  async claim(): Promise<Claim> {
    await this.options.ready();
    const session = await this.openSession();
    if (this.options.now() >= this.rebalanceAt) {
      await this.rebalance(session);
      this.rebalanceAt = this.options.now() + REBALANCE_MS;
    }
    return { owned: new Set(this.owned.values()), leaving: this.leaving };
  }

  async release(partition: OwnedPartition): Promise<void> {
    const session = this.sessionOf(partition);
    this.owned.delete(partitionKey(partition));
    await session.query(RELEASE, [this.lockName, partition.topic, partition.partition]);
  }

  async ends(): Promise<ReadonlyMap<string, bigint>> {
    const ends = await readEnds(this.database, this.options.topics);
    return new Map(ends.map(({ topic, partition, end }) => [partitionKey({ topic, partition }), end]));
  }

  fetch(partition: OwnedPartition, from: bigint, max: number): Promise<readonly LoggedEvent[]> {
    return readEvents(this.database, partition, from, max);
  }

  async commit(partition: OwnedPartition, next: bigint): Promise<void> {
    await commitOffset(this.sessionOf(partition), this.options.group, partition, next);
  }

  publish(events: readonly OutgoingEvent[]): Promise<void> {
    return this.options.publish(events);
  }

  async leave(): Promise<void> {
    await this.session?.end();
  }

  private sessionOf(partition: OwnedPartition): DatabaseSession {
    if (this.session?.isOpen !== true || this.owned.get(partitionKey(partition)) !== partition) {
      throw new Error(`the group ${this.options.group} lost ${partitionKey(partition)}`);
    }
    return this.session;
  }

  private async openSession(): Promise<DatabaseSession> {
    if (this.session?.isOpen === true) return this.session;
    this.owned = new Map();
    this.leaving = new Set();
    this.rebalanceAt = 0;
    const session = await this.database.openSession(`consume:${this.options.group}`);
    try {
      // A commit that is lost in a crash is a batch that comes again; consumers count it once.
      await session.query('SET synchronous_commit TO off');
      await session.query(JOIN, [this.lockName, this.options.topics]);
    } catch (error) {
      await session.end();
      throw error;
    }
    this.session = session;
    return session;
  }

  private async rebalance(session: DatabaseSession): Promise<void> {
    const members = await session.query<{ topic: string; is_me: boolean }>(MEMBERS, [
      this.lockName,
      this.options.topics,
    ]);
    const share = this.options.topics.flatMap((topic) => {
      const ofTopic = members.filter((member) => member.topic === topic);
      const place = ofTopic.findIndex((member) => member.is_me);
      return fairShare(topic, this.catalog.layout(topic).partitions, ofTopic.length, place);
    });
    const due = new Set(share.map(partitionKey));
    this.leaving = new Set([...this.owned.values()].filter((partition) => !due.has(partitionKey(partition))));
    const missing = share.filter((partition) => !this.owned.has(partitionKey(partition)));
    if (missing.length > 0) await this.take(session, missing);
  }

  /** The committed offset is read after the lock is held: the last owner commits nothing any more. */
  private async take(
    session: DatabaseSession,
    missing: readonly { topic: string; partition: number }[],
  ): Promise<void> {
    const claimed = await session.query<{ topic: string; partition: number }>(CLAIM, [
      this.lockName,
      missing.map(({ topic }) => topic),
      missing.map(({ partition }) => partition),
    ]);
    if (claimed.length === 0) return;
    const committed = await readCommitted(session, this.options.group, this.options.topics);
    const next = new Map(committed.map((row) => [partitionKey(row), row.next]));
    for (const { topic, partition } of claimed) {
      const key = partitionKey({ topic, partition });
      this.owned.set(key, { topic, partition, committed: next.get(key) ?? 0n });
    }
  }
}
