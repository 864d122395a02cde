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
import { fairShare } from './fair-share.js';
import { MemoryLogStorage } from './memory-log-storage.js';
import { PullFollower } from './pull-follower.js';
import {
  partitionKey,
  PullSubscription,
  type Claim,
  type OwnedPartition,
  type PartitionSource,
} from './pull-subscription.js';
import { allTopicLayouts, TopicCatalog, type TopicLayout } from './topic-layout.js';

const POLL_MS = 20;

export interface MemoryEventLogOptions {
  readonly storage?: MemoryLogStorage;
  readonly topics?: readonly TopicLayout[];
  readonly logger?: EventLogLogger;
  readonly now?: () => number;
}

/** An event log for unit tests: it keeps nothing, and behaves as the suite of the port asks. */
export class MemoryEventLog implements EventLog {
  private readonly storage: MemoryLogStorage;
  private readonly catalog: TopicCatalog;
  private readonly logger: EventLogLogger;
  private readonly now: () => number;
  private readonly open = new Set<{ stop(): Promise<void> }>();

  constructor(options: MemoryEventLogOptions = {}) {
    this.storage = options.storage ?? new MemoryLogStorage();
    this.catalog = new TopicCatalog(options.topics ?? allTopicLayouts);
    this.logger = options.logger ?? { warn: () => undefined, error: () => undefined };
    this.now = options.now ?? Date.now;
  }

  publish(events: readonly OutgoingEvent[]): Promise<void> {
    return settled(() => this.storage.append(this.catalog, events));
  }

  subscribe(options: SubscribeOptions, handle: BatchHandler): Promise<Subscription> {
    return settled(() => {
      const source = new MemoryPartitionSource(this.storage, this.catalog, options);
      const subscription = new PullSubscription(
        source,
        {
          ...options,
          handle,
          logger: this.logger,
          pollMs: POLL_MS,
          partitionsAtOnce: 4,
          now: this.now,
        },
        options.topics,
      );
      return this.opened(subscription);
    });
  }

  follow(topic: string, handle: (event: LoggedEvent) => void): Promise<Follower> {
    return settled(() => {
      const source = {
        topic,
        ends: () => this.endOffsets(topic),
        fetch: (partition: number, from: bigint, max: number) => this.read(topic, partition, from, max),
      };
      const follower = new PullFollower(source, handle, this.logger, POLL_MS);
      const opened = this.opened(follower);
      return { caughtUp: follower.caughtUp, stop: () => opened.stop() };
    });
  }

  endOffsets(topic: string): Promise<ReadonlyMap<number, bigint>> {
    return settled(() => new Map(this.partitionsOf(topic).map((number) => [number, this.storage.end(topic, number)])));
  }

  committedOffsets(group: string, topic: string): Promise<ReadonlyMap<number, bigint>> {
    return settled(() => {
      const { committed } = this.storage.group(group);
      const offsets = new Map<number, bigint>();
      for (const partition of this.partitionsOf(topic)) {
        const next = committed.get(partitionKey({ topic, partition }));
        if (next !== undefined) offsets.set(partition, next);
      }
      return offsets;
    });
  }

  read(topic: string, partition: number, from: bigint, max: number): Promise<readonly LoggedEvent[]> {
    return settled(() => {
      this.catalog.layout(topic);
      return this.storage.read(topic, partition, from, max);
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.open].map((one) => one.stop()));
  }

  private partitionsOf(topic: string): readonly number[] {
    return Array.from({ length: this.catalog.layout(topic).partitions }, (_, index) => index);
  }

  private opened(reader: PullSubscription | PullFollower): Subscription {
    const unwatch = this.storage.watch(() => reader.wake());
    const handle = {
      stop: async () => {
        unwatch();
        this.open.delete(handle);
        await reader.stop();
      },
    };
    this.open.add(handle);
    return handle;
  }
}

class MemoryPartitionSource implements PartitionSource {
  private readonly partitions: readonly { topic: string; partition: number }[];
  private readonly owned = new Map<string, OwnedPartition>();

  constructor(
    private readonly storage: MemoryLogStorage,
    private readonly catalog: TopicCatalog,
    private readonly options: SubscribeOptions,
  ) {
    this.partitions = options.topics.flatMap((topic) =>
      Array.from({ length: catalog.layout(topic).partitions }, (_, partition) => ({ topic, partition })),
    );
    for (const topic of options.topics) storage.members(options.group, topic).push(this);
  }

  claim(): Promise<Claim> {
    return settled(() => {
      const { owners, committed } = this.group;
      const share = this.options.topics.flatMap((topic) => {
        const members = this.storage.members(this.options.group, topic);
        return fairShare(topic, this.catalog.layout(topic).partitions, members.length, members.indexOf(this));
      });
      const due = new Set(share.map(partitionKey));
      for (const { topic, partition } of share) {
        const key = partitionKey({ topic, partition });
        if (owners.has(key)) continue;
        owners.set(key, this);
        this.owned.set(key, { topic, partition, committed: committed.get(key) ?? 0n });
      }
      const owned = new Set(this.owned.values());
      return { owned, leaving: new Set([...owned].filter((partition) => !due.has(partitionKey(partition)))) };
    });
  }

  release(partition: OwnedPartition): Promise<void> {
    return settled(() => {
      const key = partitionKey(partition);
      this.owned.delete(key);
      this.group.owners.delete(key);
    });
  }

  ends(): Promise<ReadonlyMap<string, bigint>> {
    return settled(
      () => new Map(this.partitions.map((one) => [partitionKey(one), this.storage.end(one.topic, one.partition)])),
    );
  }

  fetch(partition: OwnedPartition, from: bigint, max: number): Promise<readonly LoggedEvent[]> {
    return settled(() => this.storage.read(partition.topic, partition.partition, from, max));
  }

  commit(partition: OwnedPartition, next: bigint): Promise<void> {
    return settled(() => {
      this.group.committed.set(partitionKey(partition), next);
    });
  }

  publish(events: readonly OutgoingEvent[]): Promise<void> {
    return settled(() => this.storage.append(this.catalog, events));
  }

  leave(): Promise<void> {
    return settled(() => {
      for (const key of this.owned.keys()) this.group.owners.delete(key);
      this.owned.clear();
      for (const topic of this.options.topics) {
        const members = this.storage.members(this.options.group, topic);
        members.splice(members.indexOf(this), 1);
      }
    });
  }

  private get group() {
    return this.storage.group(this.options.group);
  }
}

/** Runs at once; what it throws comes as a rejection, as it would from a log across a network. */
async function settled<Result>(work: () => Result): Promise<Result> {
  return work();
}
