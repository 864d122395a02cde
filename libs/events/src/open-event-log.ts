import type { PostgresDatabase } from '@apilink/postgres';

import type { EventLog, EventLogLogger } from './event-log.js';
import { eventLogKind, type EventLogEnvironment } from './event-log-variables.js';
import { KafkaEventLog } from './kafka-event-log.js';
import { PostgresEventLog } from './postgres-event-log.js';
import { TopicCheck } from './topic-check.js';
import { allTopicLayouts, type TopicLayout } from './topic-layout.js';

export interface OpenEventLogOptions {
  readonly environment: EventLogEnvironment;
  /** How this process is named to the brokers: the service, and its instance where several run. */
  readonly clientId: string;
  readonly logger: EventLogLogger;
  /** Asked for only when the log is the Postgres table. */
  readonly database: () => Promise<PostgresDatabase>;
  /** True lets a service start while Kafka is away: it returns at once and goes on connecting. */
  readonly patient?: boolean;
  /** Those of `@apilink/contracts` by default; with Kafka each must exist with its number of partitions. */
  readonly topics?: readonly TopicLayout[];
  /** Stands before the names of topics and groups in Kafka. */
  readonly prefix?: string;
}

/**
 * Opens the event log that the environment asks for. With Kafka it connects and checks the topics, within 10 seconds;
 * throws ConfigurationError with one sentence that names the variable and the remedy: nobody answers, a wrong password,
 * a topic that is missing or has another number of partitions. A patient one tells that in the log instead, and tries
 * again; only variables that contradict each other are refused at once.
 */
export async function openEventLog(options: OpenEventLogOptions): Promise<EventLog> {
  const { environment, clientId, logger, topics, prefix, patient = false } = options;
  const layouts = topics === undefined ? {} : { topics };
  if (eventLogKind(environment) === 'postgres') {
    return new PostgresEventLog(await options.database(), { logger, ...layouts });
  }
  const log = new KafkaEventLog({
    environment,
    clientId,
    logger,
    ...layouts,
    ...(prefix === undefined ? {} : { prefix }),
  });
  const check = new TopicCheck({
    environment,
    clientId,
    logger,
    topics: topics ?? allTopicLayouts,
    prefix: prefix ?? '',
  });
  if (patient) log.stopWithIt(check.goOn());
  else await check.once();
  log.warmUp();
  return log;
}
