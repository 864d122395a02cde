import type { EventLogEnvironment } from './event-log-variables.js';
import type { TopicLayout } from './topic-layout.js';

export interface CreateTopicsOptions {
  readonly environment: EventLogEnvironment;
  /** 3 in production, 1 on a single broker; `min.insync.replicas` is one less, at least 1. */
  readonly replicationFactor: number;
  /** Told of every topic that did not exist before. */
  readonly onCreated?: (topic: string) => void;
  /** Those of `@apilink/contracts` by default. */
  readonly topics?: readonly TopicLayout[];
  readonly prefix?: string;
}

/**
 * Creates the topics that are missing, dead letters included, and returns their names. Those that exist are left as they
 * are; one with another number of partitions is refused with a ConfigurationError, as is a Kafka that does not answer.
 */
export function createTopics(options: CreateTopicsOptions): Promise<readonly string[]> {
  return Promise.reject(new Error(`no broker of ${String(options.environment.KAFKA_BROKERS)} was asked`));
}
