import { randomUUID } from 'node:crypto';

import { Kafka, logLevel, type Admin } from 'kafkajs';

import { createTopics } from './create-topics.js';
import type { EventLogEnvironment } from './event-log-variables.js';
import { KafkaEventLog, type KafkaEventLogOptions } from './kafka-event-log.js';
import type { TopicLayout } from './topic-layout.js';

/** Logs of one suite on a broker that suites share: each has topics of its own, which go when it ends. */
export class KafkaTestLogs {
  private constructor(
    readonly environment: EventLogEnvironment,
    readonly admin: Admin,
  ) {}

  static async on(brokers: string): Promise<KafkaTestLogs> {
    const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    return new KafkaTestLogs({ KAFKA_BROKERS: [brokers] }, admin);
  }

  /** Creates the topics under a prefix of their own; few dead letter partitions, because a broker feels each. */
  async fresh(layouts: readonly TopicLayout[]): Promise<FreshKafkaLogs> {
    const topics = layouts.map((layout) => ({ ...layout, partitions: Math.min(layout.partitions, 4) }));
    const prefix = `test-${randomUUID().slice(0, 8)}.`;
    const created = await createTopics({ environment: this.environment, replicationFactor: 1, topics, prefix });
    return new FreshKafkaLogs({ environment: this.environment, clientId: 'test', topics, prefix }, this.admin, created);
  }

  async dispose(): Promise<void> {
    await this.admin.disconnect();
  }
}

export class FreshKafkaLogs {
  private readonly logs: KafkaEventLog[] = [];

  constructor(
    readonly options: KafkaEventLogOptions & { readonly prefix: string },
    readonly admin: Admin,
    private readonly created: readonly string[],
  ) {}

  /** A further client, as another process would have. */
  open(more: Partial<KafkaEventLogOptions> = {}): KafkaEventLog {
    const log = new KafkaEventLog({ ...this.options, ...more });
    this.logs.push(log);
    return log;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.logs.map((log) => log.close()));
    await this.admin.deleteTopics({ topics: [...this.created] });
  }
}
