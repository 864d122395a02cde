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
import type { TopicLayout } from './topic-layout.js';

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
}

/** The event log on Kafka. Nothing is connected before the first call; a broker that is away is tried again. */
export class KafkaEventLog implements EventLog {
  constructor(private readonly options: KafkaEventLogOptions) {}

  publish(_events: readonly OutgoingEvent[]): Promise<void> {
    return this.unbuilt();
  }

  subscribe(_options: SubscribeOptions, _handle: BatchHandler): Promise<Subscription> {
    return this.unbuilt();
  }

  follow(_topic: string, _handle: (event: LoggedEvent) => void): Promise<Follower> {
    return this.unbuilt();
  }

  endOffsets(_topic: string): Promise<ReadonlyMap<number, bigint>> {
    return this.unbuilt();
  }

  committedOffsets(_group: string, _topic: string): Promise<ReadonlyMap<number, bigint>> {
    return this.unbuilt();
  }

  read(_topic: string, _partition: number, _from: bigint, _max: number): Promise<readonly LoggedEvent[]> {
    return this.unbuilt();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private unbuilt(): Promise<never> {
    return Promise.reject(new Error(`the event log of ${this.options.clientId} is not connected`));
  }
}
