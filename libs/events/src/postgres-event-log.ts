import type { PostgresDatabase, Sql } from '@apilink/postgres';

import type {
  BatchHandler,
  EventLog,
  EventLogLogger,
  Follower,
  LoggedEvent,
  OutgoingEvent,
  SubscribeOptions,
  Subscription,
} from './event-log.js';
import { appendEvents, declareTopics, readCommitted, readEnds, readEvents } from './postgres-log-statements.js';
import { PostgresPartitionSource } from './postgres-partition-source.js';
import { PullFollower } from './pull-follower.js';
import { PullSubscription } from './pull-subscription.js';
import { allTopicLayouts, TopicCatalog, type TopicLayout } from './topic-layout.js';

const CHANNEL = 'event_log';
const POLL_MS = 200;
const PARTITIONS_AT_ONCE = 4;
const CLEAN_EVERY_MS = 60_000;
const CLEAN_ROWS = 1_000;
const CLEAN_ROUNDS = 20;
/** A call carries at most so many events: it bounds the memory of one statement and how long a counter is held. */
const PUBLISH_MAX = 1_000;

export interface PostgresEventLogOptions {
  readonly logger?: EventLogLogger;
  /** Those of `@apilink/contracts` by default. */
  readonly topics?: readonly TopicLayout[];
  /** 200 ms: what finds events when a notification was lost. */
  readonly pollMs?: number;
  /** So many partitions of one subscription are handled at the same time (4); each may use a pooled connection. */
  readonly partitionsAtOnce?: number;
  readonly now?: () => number;
}

interface Reader {
  readonly topics: readonly string[];
  wake(): void;
  stop(): Promise<void>;
}

/** The event log in the schema `event_log` of a Postgres database; its role is in `event_log_member`. */
export class PostgresEventLog implements EventLog {
  private readonly catalog: TopicCatalog;
  private readonly logger: EventLogLogger;
  private readonly readers = new Set<Reader>();
  private declared: Promise<void> | null = null;
  private unlisten: Promise<() => Promise<void>> | null = null;
  private cleaner: NodeJS.Timeout | null = null;
  private notifying: Promise<void> | null = null;
  /** Topics that readers have to be woken for. */
  private news = new Set<string>();
  private isClosed = false;

  constructor(
    private readonly database: PostgresDatabase,
    private readonly options: PostgresEventLogOptions = {},
  ) {
    this.catalog = new TopicCatalog(options.topics ?? allTopicLayouts);
    this.logger = options.logger ?? { warn: () => undefined, error: () => undefined };
  }

  async publish(events: readonly OutgoingEvent[]): Promise<void> {
    await this.ready();
    for (let from = 0; from < events.length; from += PUBLISH_MAX) {
      await appendEvents(this.database, this.catalog, events.slice(from, from + PUBLISH_MAX));
    }
    this.notify(events);
  }

  /**
   * Appends in the caller's own transaction: the counters of its partitions stay locked until that ends, so it must be
   * short. Readers find the events by their poll, or after the caller's `wakeReaders`.
   */
  async publishWithin(sql: Sql, events: readonly OutgoingEvent[]): Promise<void> {
    await this.ready();
    await appendEvents(sql, this.catalog, events);
  }

  /** Tells the readers of these events in every process that there may be something new. */
  wakeReaders(events: readonly OutgoingEvent[]): void {
    this.notify(events);
  }

  subscribe(options: SubscribeOptions, handle: BatchHandler): Promise<Subscription> {
    const { database, catalog, logger } = this;
    const now = this.options.now ?? Date.now;
    return this.opened(() => {
      const source = new PostgresPartitionSource(database, catalog, {
        ...options,
        now,
        ready: () => this.ready(),
        publish: (events) => this.publish(events),
      });
      return new PullSubscription(
        source,
        {
          ...options,
          handle,
          logger,
          now,
          pollMs: this.options.pollMs ?? POLL_MS,
          partitionsAtOnce: this.options.partitionsAtOnce ?? PARTITIONS_AT_ONCE,
        },
        options.topics,
      );
    });
  }

  async follow(topic: string, handle: (event: LoggedEvent) => void): Promise<Follower> {
    this.catalog.layout(topic);
    const source = {
      topic,
      ends: () => this.endOffsets(topic),
      fetch: (partition: number, from: bigint, max: number) => this.read(topic, partition, from, max),
    };
    const pollMs = this.options.pollMs ?? POLL_MS;
    const follower = new PullFollower(source, handle, this.logger, pollMs);
    const opened = await this.opened(() => follower);
    return { caughtUp: follower.caughtUp, stop: () => opened.stop() };
  }

  async endOffsets(topic: string): Promise<ReadonlyMap<number, bigint>> {
    this.catalog.layout(topic);
    await this.ready();
    const ends = await readEnds(this.database, [topic]);
    return new Map(ends.map(({ partition, end }) => [partition, end]));
  }

  async committedOffsets(group: string, topic: string): Promise<ReadonlyMap<number, bigint>> {
    const committed = await readCommitted(this.database, group, [topic]);
    return new Map(committed.map(({ partition, next }) => [partition, next]));
  }

  read(topic: string, partition: number, from: bigint, max: number): Promise<readonly LoggedEvent[]> {
    return readEvents(this.database, { topic, partition }, from, max);
  }

  /** Deletes what is past its retention; also done every minute while the log is in use. Returns how many went. */
  async clean(): Promise<number> {
    let total = 0;
    for (let round = 0; round < CLEAN_ROUNDS && !this.isClosed; round++) {
      const [row] = await this.database.query<{ rows: string }>('SELECT event_log.clean($1) AS rows', [CLEAN_ROWS]);
      const rows = Number(row?.rows ?? 0);
      total += rows;
      if (rows < CLEAN_ROWS) break;
    }
    return total;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    if (this.cleaner !== null) clearInterval(this.cleaner);
    await Promise.all([...this.readers].map((reader) => reader.stop()));
    await this.notifying;
    const unlisten = await this.unlisten?.catch(() => null);
    await unlisten?.();
  }

  /** Declares the topics once; after a failure the next call tries again. */
  private ready(): Promise<void> {
    this.declared ??= this.declare().catch((error: unknown) => {
      this.declared = null;
      throw error;
    });
    return this.declared;
  }

  private async declare(): Promise<void> {
    await declareTopics(this.database, this.catalog);
    if (this.isClosed || this.cleaner !== null) return;
    this.cleaner = setInterval(() => {
      this.clean().catch((error: unknown) => this.logger.warn({ err: error }, 'old events could not be deleted'));
    }, CLEAN_EVERY_MS);
    this.cleaner.unref();
  }

  private opened(open: () => Reader): Promise<Subscription> {
    if (this.isClosed) return Promise.reject(new Error('the event log is closed'));
    const reader = open();
    this.readers.add(reader);
    this.listen();
    return Promise.resolve({
      stop: async () => {
        this.readers.delete(reader);
        await reader.stop();
      },
    });
  }

  /** Only for speed: a listener that cannot be had now is tried again with the next reader, and the poll finds all. */
  private listen(): void {
    if (this.unlisten !== null) return;
    const listening = this.database.listen(CHANNEL, (payload) => {
      const news = payload === '' ? null : new Set(payload.split(' '));
      for (const reader of this.readers) {
        if (news === null || reader.topics.some((topic) => news.has(topic))) reader.wake();
      }
    });
    this.unlisten = listening;
    listening.catch((error: unknown) => {
      this.unlisten = null;
      this.logger.warn({ err: error }, 'no notifications of the event log; it is polled');
    });
  }

  /**
   * Not in the publisher's transaction: Postgres lets only one notifying transaction commit at a time, across its flush
   * to the disk. One call is under way at most, and those that come meanwhile share the next.
   */
  private notify(events: readonly OutgoingEvent[]): void {
    for (const { topic } of events) this.news.add(topic);
    if (this.news.size === 0) return;
    this.notifying ??= this.sendNotifications().finally(() => {
      this.notifying = null;
    });
  }

  private async sendNotifications(): Promise<void> {
    while (this.news.size > 0) {
      const payload = [...this.news].join(' ');
      this.news = new Set();
      try {
        // Postgres takes 8,000 bytes; without a list everybody looks.
        await this.database.query('SELECT pg_notify($1, $2)', [CHANNEL, payload.length < 7_000 ? payload : '']);
      } catch (error) {
        this.logger.warn({ err: error }, 'readers of the event log were not woken; they poll');
      }
    }
  }
}
