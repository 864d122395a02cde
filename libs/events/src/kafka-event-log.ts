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
import type { EventLogEnvironment } from './event-log-variables.js';
import { kafkaAddress, KafkaConnection } from './kafka-connection.js';
import { GROUP_PATIENCE, KafkaGroupMember, type GroupPatience } from './kafka-group-member.js';
import { KafkaPartitions } from './kafka-partitions.js';
import { KafkaPublisher } from './kafka-publisher.js';
import { KafkaSubscription } from './kafka-subscription.js';
import { PullFollower } from './pull-follower.js';
import { allTopicLayouts, TopicCatalog, type TopicLayout } from './topic-layout.js';

const PARTITIONS_AT_ONCE = 4;
const FOLLOW_POLL_MS = 200;

export interface KafkaEventLogOptions {
  /** Brokers, TLS and sign-in. */
  readonly environment: EventLogEnvironment;
  /** How this process is named to the brokers: the service and its instance. */
  readonly clientId: string;
  readonly logger?: EventLogLogger;
  /** Those of `@apilink/contracts` by default. */
  readonly topics?: readonly TopicLayout[];
  /** Stands before the names of topics and groups in Kafka, and nowhere else: several logs can share one broker. */
  readonly prefix?: string;
  /** So many partitions of one subscription are handled at the same time (4). */
  readonly partitionsAtOnce?: number;
  /** How long a group waits for a member: 10 s for one that is silent, 30 s for one that is busy. */
  readonly patience?: GroupPatience;
  readonly now?: () => number;
}

/**
 * The event log on Kafka. Nothing is connected before the first call, and the constructor throws ConfigurationError for
 * variables that contradict each other. Consumers and followers outlive a broker; a publisher is refused within seconds
 * while none answers, and succeeds again as soon as one does.
 */
export class KafkaEventLog implements EventLog {
  private readonly catalog: TopicCatalog;
  private readonly logger: EventLogLogger;
  private readonly prefix: string;
  private readonly connect: () => KafkaConnection;
  private readonly publisher: KafkaPublisher;
  private readonly partitions: KafkaPartitions;
  private readonly readers = new Set<{ stop(): Promise<void> }>();
  private isClosed = false;

  constructor(private readonly options: KafkaEventLogOptions) {
    this.catalog = new TopicCatalog(options.topics ?? allTopicLayouts);
    this.logger = options.logger ?? { warn: () => undefined, error: () => undefined };
    this.prefix = options.prefix ?? '';
    const address = kafkaAddress(options.environment);
    this.connect = () => new KafkaConnection(address, options.clientId, this.logger);
    const names = {
      nameOf: (topic: string) => this.nameOf(topic),
      groupNameOf: (group: string) => this.prefix + group,
    };
    this.publisher = new KafkaPublisher({ connect: this.connect, logger: this.logger, ...names });
    this.partitions = new KafkaPartitions({ connect: this.connect, logger: this.logger, ...names });
  }

  async publish(events: readonly OutgoingEvent[]): Promise<void> {
    for (const { topic } of events) this.catalog.layout(topic);
    await this.publisher.publish(events);
  }

  async subscribe(options: SubscribeOptions, handle: BatchHandler): Promise<Subscription> {
    const { group, topics, batchMax } = options;
    const topicNames = topics.map((topic) => this.nameOf(topic));
    const groupId = this.prefix + group;
    let member: string | null = null;
    const dismissFormer = async () => {
      if (member !== null) await this.dismiss(groupId, member);
      member = null;
    };
    return this.opened(() => {
      return new KafkaSubscription({
        group,
        handle,
        logger: this.logger,
        now: this.options.now ?? Date.now,
        publish: (events) => this.publisher.publish(events),
        createMember: (duties) =>
          new KafkaGroupMember({
            ...duties,
            connect: this.connect,
            groupId,
            dismissFormer,
            onJoin: (memberId) => {
              member = memberId;
            },
            topicNames,
            topicOf: (name) => name.slice(this.prefix.length),
            batchMax,
            patience: this.options.patience ?? GROUP_PATIENCE,
            partitionsAtOnce: this.options.partitionsAtOnce ?? PARTITIONS_AT_ONCE,
            logger: this.logger,
          }),
      });
    });
  }

  async follow(topic: string, handle: (event: LoggedEvent) => void): Promise<Follower> {
    this.catalog.layout(topic);
    const source = {
      topic,
      ends: () => this.partitions.ends(topic),
      fetch: (partition: number, from: bigint, max: number) => this.partitions.read(topic, partition, from, max),
    };
    let caughtUp = Promise.resolve();
    const opened = this.opened(() => {
      const follower = new PullFollower(source, handle, this.logger, FOLLOW_POLL_MS);
      ({ caughtUp } = follower);
      return follower;
    });
    return { caughtUp, stop: () => opened.stop() };
  }

  async endOffsets(topic: string): Promise<ReadonlyMap<number, bigint>> {
    this.catalog.layout(topic);
    return this.partitions.ends(topic);
  }

  async committedOffsets(group: string, topic: string): Promise<ReadonlyMap<number, bigint>> {
    this.catalog.layout(topic);
    return this.partitions.committed(group, topic);
  }

  async read(topic: string, partition: number, from: bigint, max: number): Promise<readonly LoggedEvent[]> {
    this.catalog.layout(topic);
    return this.partitions.read(topic, partition, from, max);
  }

  /** Connects the publisher now and goes on trying in the background: the first event does not wait for it. */
  warmUp(): void {
    this.publisher.warmUp();
  }

  /** Something that lives as long as this log. */
  stopWithIt(companion: { stop(): Promise<void> }): void {
    this.readers.add(companion);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all([...this.readers].map((reader) => reader.stop()));
    await this.publisher.close();
    await this.partitions.close();
  }

  private async dismiss(groupId: string, memberId: string): Promise<void> {
    try {
      await this.partitions.dismiss(groupId, memberId);
    } catch (error) {
      // It has left, or its session is over.
      this.logger.debug?.({ err: error, groupId, memberId }, 'a former member of a group was gone already');
    }
  }

  private nameOf(topic: string): string {
    return this.prefix + this.catalog.layout(topic).name;
  }

  private opened(open: () => { stop(): Promise<void> }): Subscription {
    if (this.isClosed) throw new Error('the event log is closed');
    const reader = open();
    this.readers.add(reader);
    return {
      stop: async () => {
        this.readers.delete(reader);
        await reader.stop();
      },
    };
  }
}
