import { setTimeout as sleep } from 'node:timers/promises';

import { checkPartitions } from './create-topics.js';
import { withDeadline } from './deadline.js';
import type { EventLogLogger } from './event-log.js';
import type { EventLogEnvironment } from './event-log-variables.js';
import { kafkaAddress, KafkaConnection } from './kafka-connection.js';
import { KafkaPartitions } from './kafka-partitions.js';
import { explainKafkaError, mayPass } from './kafka-problem.js';
import type { TopicLayout } from './topic-layout.js';
import { Waker } from './waker.js';

/** A broker that is just starting gets so long; with a host that drops packets the whole stays below 10 s. */
const PATIENCE_MS = 5_000;
const DEADLINE_MS = 9_000;
const APART_MS = 500;
const BACKGROUND_APART_MS = 10_000;

export interface TopicCheckOptions {
  readonly environment: EventLogEnvironment;
  readonly clientId: string;
  readonly logger: EventLogLogger;
  readonly topics: readonly TopicLayout[];
  readonly prefix: string;
}

/** Holds the topics of Kafka against those of the program: another number of partitions would break the order of keys. */
export class TopicCheck {
  private readonly waker = new Waker();
  private isStopping = false;

  constructor(private readonly options: TopicCheckOptions) {}

  /** Throws ConfigurationError with the sentence for whoever starts the service, within 10 seconds. */
  async once(): Promise<void> {
    const begunAt = performance.now();
    for (;;) {
      const passedMs = performance.now() - begunAt;
      try {
        await withDeadline(this.ask(), DEADLINE_MS - passedMs, 'asking Kafka for its topics');
        return;
      } catch (error) {
        if (performance.now() - begunAt > PATIENCE_MS || !mayPass(error)) {
          throw explainKafkaError(error, this.options.environment) ?? error;
        }
      }
      await sleep(APART_MS);
    }
  }

  /** Checks until all is right, and tells each new problem once in the log. */
  goOn(): { stop(): Promise<void> } {
    const loop = this.run();
    return {
      stop: async () => {
        this.isStopping = true;
        this.waker.wake();
        await loop;
      },
    };
  }

  private async run(): Promise<void> {
    const { environment, logger } = this.options;
    let told = '';
    while (!this.isStopping) {
      try {
        await this.ask();
        return;
      } catch (error) {
        const problem = explainKafkaError(error, environment) ?? error;
        const sentence = problem instanceof Error ? problem.message : String(problem);
        if (sentence !== told) logger.error({ err: problem }, sentence);
        told = sentence;
      }
      if (!this.isStopping) await this.waker.pause(BACKGROUND_APART_MS);
    }
  }

  private async ask(): Promise<void> {
    const { environment, clientId, logger, topics, prefix } = this.options;
    const address = kafkaAddress(environment);
    const partitions = new KafkaPartitions({
      connect: () => new KafkaConnection(address, clientId, logger),
      nameOf: (topic) => topic,
      groupNameOf: (group) => group,
      logger,
      attempts: 1,
    });
    try {
      checkPartitions(topics, prefix, await partitions.counts());
    } finally {
      await partitions.close().catch(() => undefined);
    }
  }
}
