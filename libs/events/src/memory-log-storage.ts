import type { LoggedEvent, OutgoingEvent } from './event-log.js';
import { partitionOf } from './partitioner.js';
import type { TopicCatalog } from './topic-layout.js';

interface StoredPartition {
  events: LoggedEvent[];
  end: bigint;
}

interface StoredGroup {
  readonly members: Map<string, object[]>;
  readonly owners: Map<string, object>;
  readonly committed: Map<string, bigint>;
}

/** What outlives a `MemoryEventLog`: hand the same storage to a second one to play a restart or a second process. */
export class MemoryLogStorage {
  private readonly partitions = new Map<string, StoredPartition>();
  private readonly groups = new Map<string, StoredGroup>();
  private readonly watchers = new Set<() => void>();

  append(catalog: TopicCatalog, events: readonly OutgoingEvent[]): void {
    const layouts = events.map((event) => catalog.layout(event.topic));
    for (const [index, event] of events.entries()) {
      const layout = layouts[index];
      if (layout === undefined) continue;
      const partition = partitionOf(event.key, layout.partitions);
      const stored = this.partition(event.topic, partition);
      if (layout.cleanup.policy === 'compact') {
        stored.events = stored.events.filter(({ key }) => key !== event.key);
      }
      stored.events.push({ ...event, partition, offset: stored.end });
      stored.end += 1n;
    }
    for (const wake of this.watchers) wake();
  }

  end(topic: string, partition: number): bigint {
    return this.partition(topic, partition).end;
  }

  read(topic: string, partition: number, from: bigint, max: number): readonly LoggedEvent[] {
    return this.partition(topic, partition)
      .events.filter(({ offset }) => offset >= from)
      .slice(0, max);
  }

  group(name: string): StoredGroup {
    const known = this.groups.get(name);
    if (known !== undefined) return known;
    const fresh = { members: new Map(), owners: new Map(), committed: new Map() };
    this.groups.set(name, fresh);
    return fresh;
  }

  /** The members of a group that read a topic, in the order they joined. */
  members(group: string, topic: string): object[] {
    const { members } = this.group(group);
    const known = members.get(topic);
    if (known !== undefined) return known;
    const fresh: object[] = [];
    members.set(topic, fresh);
    return fresh;
  }

  /** Calls `wake` after each append until the returned function is called. */
  watch(wake: () => void): () => void {
    this.watchers.add(wake);
    return () => this.watchers.delete(wake);
  }

  private partition(topic: string, partition: number): StoredPartition {
    const key = `${topic}/${partition}`;
    const known = this.partitions.get(key);
    if (known !== undefined) return known;
    const fresh = { events: [], end: 0n };
    this.partitions.set(key, fresh);
    return fresh;
  }
}
