/**
 * The port to the event log: Kafka in the distributed setup, a Postgres table in the embedded one. Both adapters pass
 * the suite of `event-log.contract.ts`. Delivery is at least once, in order per key; consumers make effects exactly
 * once with a unique key in their own database transaction.
 */
export interface EventLog {
  /** Appends a batch and returns when all of it is durable (acks=all); on an error any part of it may be there. */
  publish(events: readonly OutgoingEvent[]): Promise<void>;

  /**
   * Consumes topics as a member of a group until the subscription is stopped. A group that has committed nothing
   * begins at the oldest event. While the log is away it goes on trying; it does not reject.
   */
  subscribe(options: SubscribeOptions, handle: BatchHandler): Promise<Subscription>;

  /**
   * Reads a compacted topic without a group: first everything up to the end offsets seen at the call (`caughtUp`
   * resolves then), then whatever comes, until stopped. An event without a body is a tombstone. What `handle` throws is
   * logged and following goes on: one unreadable event must not hide all later ones.
   */
  follow(topic: string, handle: (event: LoggedEvent) => void): Promise<Follower>;

  /** The offset after the last event of each partition. */
  endOffsets(topic: string): Promise<ReadonlyMap<number, bigint>>;

  /** The next offset that a group will read, for each partition it has committed. */
  committedOffsets(group: string, topic: string): Promise<ReadonlyMap<number, bigint>>;

  /** Reads without a group, for dead letters: at most `max` events of one partition from an offset on. */
  read(topic: string, partition: number, from: bigint, max: number): Promise<readonly LoggedEvent[]>;

  /** Stops every subscription after its running batch, then closes connections. */
  close(): Promise<void>;
}

export interface OutgoingEvent {
  readonly topic: string;
  /** Decides the partition: everything of one key is in order. */
  readonly key: string;
  /** Unique; the same fact published again has the same id. */
  readonly id: string;
  readonly type: string;
  /** The service that says it. */
  readonly source: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly traceparent?: string;
  /** Further headers, as dead letters have them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON as UTF-8; null is a tombstone. */
  readonly body: string | null;
}

export interface LoggedEvent extends OutgoingEvent {
  readonly partition: number;
  readonly offset: bigint;
}

export interface SubscribeOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /** At most this many events of one partition are handed over at once; one database transaction each. */
  readonly batchMax: number;
}

export interface EventBatch {
  readonly topic: string;
  readonly partition: number;
  readonly events: readonly LoggedEvent[];
}

/** An event that can never be handled: it goes to the dead letters with its reason, and the batch goes on. */
export interface PoisonEvent {
  readonly event: LoggedEvent;
  readonly reason: string;
}

/**
 * Handles a whole batch and commits its effects. Resolves with the events that are poison; these are published to
 * `<topic>.dlq` before the offsets are committed. Rejects when something is away for now (database, gate): the
 * partition pauses with backoff and the same batch comes again; nothing is skipped. Batches of different partitions may
 * be handled at the same time.
 */
export type BatchHandler = (batch: EventBatch) => Promise<readonly PoisonEvent[]>;

export interface Subscription {
  /** Finishes the running batch, commits its offsets, leaves the group. */
  stop(): Promise<void>;
}

export interface Follower {
  /** Rejects when the follower is stopped before; nobody has to listen to that. */
  readonly caughtUp: Promise<void>;
  stop(): Promise<void>;
}

/** Where a log tells what it survived. A pino logger fits. */
export interface EventLogLogger {
  debug?(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}
