import { setTimeout as sleep } from 'node:timers/promises';

import type { Cluster } from 'kafkajs';

import { withDeadline } from './deadline.js';
import type { EventLogLogger, LoggedEvent } from './event-log.js';
import { fairAssigner } from './fair-assigner.js';
import type { KafkaConnection } from './kafka-connection.js';
import { fromRecord, type KafkaRecord } from './kafka-message.js';

const FETCH_BYTES = 1024 ** 2;
const ATTEMPTS = 3;
const ATTEMPTS_APART_MS = 250;
const CALL_DEADLINE_MS = 5_000;
/** The group that this client would be of, if it ever joined one. */
const NO_GROUP = 'apilink-reads-without-a-group';

/** What the types of kafkajs leave open in the answer of `Broker.fetch`. */
interface FetchAnswer {
  readonly responses: readonly {
    readonly partitions: readonly {
      readonly highWatermark: string;
      readonly messages: readonly (KafkaRecord & { readonly isControlRecord?: boolean })[];
    }[];
  }[];
}

interface Client {
  readonly connection: KafkaConnection;
  /** Resolves when it is connected. */
  readonly cluster: Promise<Cluster>;
}

interface FetchedChunk {
  /** Where reading began. */
  readonly from: bigint;
  readonly records: readonly KafkaRecord[];
  /** The offset after the last record of the partition. */
  readonly end: bigint;
}

export interface KafkaPartitionsOptions {
  readonly connect: () => KafkaConnection;
  readonly nameOf: (topic: string) => string;
  readonly groupNameOf: (group: string) => string;
  readonly logger: EventLogLogger;
  /** How often a call is tried (3). */
  readonly attempts?: number;
}

/**
 * Reads partitions by number, without a group, and asks for offsets. kafkajs offers that only to its own consumers, but
 * hands the client under them to their assigner of partitions: this one is never asked to assign any. A group for
 * reading would have to be joined (three seconds on a broker with its defaults) and left, and would litter after a crash.
 */
export class KafkaPartitions {
  private client: Client | null = null;
  private isClosed = false;

  constructor(private readonly options: KafkaPartitionsOptions) {}

  /** The offset after the last event of each partition. */
  ends(topic: string): Promise<ReadonlyMap<number, bigint>> {
    return this.attempt(`asking for the end of ${topic}`, (cluster) => this.offsets(cluster, topic, false));
  }

  /** What a group has committed. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, bigint>> {
    return this.attempt(`asking for the offsets of ${group}`, async (cluster) => {
      const name = this.options.nameOf(topic);
      const groupId = this.options.groupNameOf(group);
      const partitions = await this.partitions(cluster, name);
      const coordinator = await cluster.findGroupCoordinator({ groupId });
      const { responses } = await coordinator.offsetFetch({
        groupId,
        topics: [{ topic: name, partitions: partitions.map((partition) => ({ partition, offset: '-1' })) }],
      });
      const known = responses.flatMap((response) => response.partitions).filter(({ offset }) => BigInt(offset) >= 0n);
      return new Map(known.map(({ partition, offset }) => [partition, BigInt(offset)]));
    });
  }

  /**
   * Takes a member out of its group that cannot leave by itself any more: until its session is over, a rebalance waits
   * for it and nobody reads. Does nothing where it is gone already.
   */
  async dismiss(groupId: string, memberId: string): Promise<void> {
    await this.attempt(`leaving ${groupId}`, async (cluster) => {
      const coordinator: object = await cluster.findGroupCoordinator({ groupId });
      // It is there, and missing in the types.
      if (!('leaveGroup' in coordinator) || typeof coordinator.leaveGroup !== 'function') return;
      await coordinator.leaveGroup({ groupId, memberId });
    });
  }

  /** How many partitions each topic has that this client may see, by the name that Kafka has for it. */
  counts(): Promise<ReadonlyMap<string, number>> {
    return this.attempt('asking for the topics', async (cluster) => {
      const { topicMetadata } = await cluster.metadata();
      return new Map(topicMetadata.map(({ topic, partitionMetadata }) => [topic, partitionMetadata.length]));
    });
  }

  /** At most `max` events of one partition from an offset on; fewer only where the partition ends. */
  read(topic: string, partition: number, from: bigint, max: number): Promise<readonly LoggedEvent[]> {
    return this.attempt(`reading ${topic}`, async (cluster) => {
      const events: LoggedEvent[] = [];
      let next = from;
      while (events.length < max) {
        const chunk = await this.fetch(cluster, { topic, partition, next });
        const records = chunk.records.slice(0, max - events.length);
        for (const record of records) events.push(fromRecord(topic, partition, record));
        const last = records.at(-1);
        // The batch of records that holds this offset has nothing from here on: that was compacted away. How far it
        // goes is not told by kafkajs, so its end is felt for.
        next = last === undefined ? chunk.from + 1n : BigInt(last.offset) + 1n;
        if (next >= chunk.end) break;
      }
      return events;
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const { client } = this;
    this.client = null;
    const cluster = await client?.cluster.catch(() => null);
    await cluster?.disconnect();
    client?.connection.cut();
  }

  private async fetch(
    cluster: Cluster,
    { topic, partition, next }: { topic: string; partition: number; next: bigint },
  ): Promise<FetchedChunk> {
    const name = this.options.nameOf(topic);
    await this.partitions(cluster, name);
    const [nodeId] = Object.keys(cluster.findLeaderForPartitions(name, [partition]));
    if (nodeId === undefined) throw new Error(`${topic} has no partition ${partition}`);
    const broker = await cluster.findBroker({ nodeId });
    let answer: FetchAnswer;
    try {
      answer = await broker.fetch({
        maxWaitTime: 0,
        minBytes: 0,
        maxBytes: FETCH_BYTES,
        topics: [{ topic: name, partitions: [{ partition, fetchOffset: next.toString(), maxBytes: FETCH_BYTES }] }],
      });
    } catch (error) {
      if (!isNamed(error, 'KafkaJSOffsetOutOfRange')) throw error;
      const first = (await this.offsets(cluster, topic, true)).get(partition) ?? next;
      // Older than what is kept: from the oldest on. Newer than the end: there is nothing.
      return first > next
        ? this.fetch(cluster, { topic, partition, next: first })
        : { records: [], from: next, end: next };
    }
    const [fetched] = answer.responses.flatMap((response) => response.partitions);
    if (fetched === undefined) throw new Error(`Kafka answered nothing of ${topic}`);
    const records = fetched.messages.filter(
      (record) => record.isControlRecord !== true && BigInt(record.offset) >= next,
    );
    return { records, from: next, end: BigInt(fetched.highWatermark) };
  }

  private async offsets(cluster: Cluster, topic: string, isFirst: boolean): Promise<ReadonlyMap<number, bigint>> {
    const name = this.options.nameOf(topic);
    const numbers = await this.partitions(cluster, name);
    const answers = await cluster.fetchTopicsOffset([
      { topic: name, partitions: numbers.map((partition) => ({ partition })), fromBeginning: isFirst },
    ]);
    const offsets = answers.flatMap(({ partitions }) => partitions);
    return new Map(
      offsets
        .map(({ partition, offset }) => [partition, BigInt(offset)] as const)
        .toSorted(([left], [right]) => left - right),
    );
  }

  private async partitions(cluster: Cluster, name: string): Promise<readonly number[]> {
    await cluster.addTargetTopic(name);
    await cluster.refreshMetadataIfNecessary();
    return cluster.findTopicPartitionMetadata(name).map(({ partitionId }) => partitionId);
  }

  /** A connection that went wrong is never used again: the next attempt has a fresh one. */
  private async attempt<Result>(what: string, work: (cluster: Cluster) => Promise<Result>): Promise<Result> {
    for (let attempts = 1; ; attempts++) {
      if (this.isClosed) throw new Error('the event log is closed');
      this.client ??= this.open();
      const { client } = this;
      try {
        return await withDeadline(
          client.cluster.then((cluster) => work(cluster)),
          CALL_DEADLINE_MS,
          what,
        );
      } catch (error) {
        client.connection.cut();
        if (this.client === client) this.client = null;
        if (attempts >= (this.options.attempts ?? ATTEMPTS) || this.isClosed) throw error;
      }
      await sleep(ATTEMPTS_APART_MS);
    }
  }

  private open(): Client {
    const connection = this.options.connect();
    const clusters: Cluster[] = [];
    connection.kafka.consumer({
      groupId: NO_GROUP,
      allowAutoTopicCreation: false,
      partitionAssigners: [
        (config) => {
          clusters.push(config.cluster);
          return fairAssigner(config);
        },
      ],
    });
    const [cluster] = clusters;
    if (cluster === undefined) throw new Error('kafkajs made a consumer without its assigner');
    return { connection, cluster: cluster.connect().then(() => cluster) };
  }
}

/** Error classes of kafkajs are no named exports of an ES module; their names are part of its documentation. */
function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
