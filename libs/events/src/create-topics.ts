import { setTimeout as sleep } from 'node:timers/promises';

import { ConfigurationError } from '@apilink/service';
import type { Admin, ITopicConfig } from 'kafkajs';

import type { EventLogLogger } from './event-log.js';
import type { EventLogEnvironment } from './event-log-variables.js';
import { kafkaAddress, KafkaConnection } from './kafka-connection.js';
import { explainKafkaError, mayPass, OtherPartitionsError } from './kafka-problem.js';
import { allTopicLayouts, type TopicLayout } from './topic-layout.js';

const DAY_MS = 86_400_000;
const CREATE_TIMEOUT_MS = 30_000;
const KNOWN_APART_MS = 50;
const TRY_AGAIN_MS = 1_000;

export interface CreateTopicsOptions {
  readonly environment: EventLogEnvironment;
  /** 3 in production, 1 on a single broker; `min.insync.replicas` is one less, at least 1. */
  readonly replicationFactor: number;
  /** Told of every topic that did not exist before. */
  readonly onCreated?: (topic: string) => void;
  /** Those of `@apilink/contracts` by default. */
  readonly topics?: readonly TopicLayout[];
  readonly prefix?: string;
  readonly logger?: EventLogLogger;
  /** How long a broker that does not answer yet may take: one may start together with this. Default: it is not waited for. */
  readonly patienceMs?: number;
}

/** How a topic is kept: its entries of configuration in Kafka, in their order in deploy/kafka/topics.yaml. */
export function topicConfiguration({ cleanup }: TopicLayout, replicationFactor: number): Record<string, string> {
  return {
    'cleanup.policy': cleanup.policy,
    ...(cleanup.policy === 'delete' ? { 'retention.ms': String(cleanup.retentionDays * DAY_MS) } : {}),
    'min.insync.replicas': String(Math.max(1, replicationFactor - 1)),
  };
}

/**
 * Creates the topics that are missing, dead letters included, and returns their names. Those that exist are left as they
 * are; one with another number of partitions is refused with a ConfigurationError, as is a Kafka that does not answer.
 */
export async function createTopics(options: CreateTopicsOptions): Promise<readonly string[]> {
  const giveUpAt = performance.now() + (options.patienceMs ?? 0);
  for (;;) {
    try {
      return await createOnce(options);
    } catch (error) {
      if (!mayPass(error) || performance.now() > giveUpAt) throw error;
    }
    await sleep(TRY_AGAIN_MS);
  }
}

async function createOnce(options: CreateTopicsOptions): Promise<readonly string[]> {
  const { environment, topics = allTopicLayouts, prefix = '', replicationFactor } = options;
  const logger = options.logger ?? { warn: () => undefined, error: () => undefined };
  const connection = new KafkaConnection(kafkaAddress(environment), 'create-topics', logger);
  const admin = connection.kafka.admin();
  try {
    await admin.connect();
    const known = await partitionsOf(admin);
    refuseOtherPartitions(topics, prefix, known);
    const missing = topics.filter(({ name }) => !known.has(prefix + name));
    if (missing.length > 0) await create(admin, missing, prefix, replicationFactor);
    for (const { name } of missing) options.onCreated?.(prefix + name);
    return missing.map(({ name }) => prefix + name);
  } catch (error) {
    throw explainKafkaError(error, environment) ?? error;
  } finally {
    await admin.disconnect().catch(() => undefined);
    connection.cut();
  }
}

/** Throws ConfigurationError for the first topic that is missing, or has another number of partitions. */
export function checkPartitions(
  topics: readonly TopicLayout[],
  prefix: string,
  known: ReadonlyMap<string, number>,
): void {
  refuseOtherPartitions(topics, prefix, known);
  const missing = topics.find(({ name }) => !known.has(prefix + name));
  if (missing === undefined) return;
  throw new ConfigurationError(
    `The topic ${prefix}${missing.name} does not exist on KAFKA_BROKERS: run the job create-topics, or let KAFKA_BROKERS name the cluster where it ran.`,
  );
}

function refuseOtherPartitions(
  topics: readonly TopicLayout[],
  prefix: string,
  known: ReadonlyMap<string, number>,
): void {
  for (const { name, partitions } of topics) {
    const has = known.get(prefix + name);
    if (has === undefined || has === partitions) continue;
    throw new OtherPartitionsError(
      `The topic ${prefix}${name} has ${has} partitions on KAFKA_BROKERS and needs ${partitions}: ${remedy(has, partitions)}.`,
    );
  }
}

/** Partitions can be added while nothing was published, and never be taken away: the key would be on another one. */
function remedy(has: number, needs: number): string {
  return has < needs
    ? 'while it is empty, add them with kafka-topics.sh --alter --partitions, or delete the topic and run the job create-topics'
    : 'while it is empty, delete the topic and run the job create-topics';
}

async function partitionsOf(admin: Admin): Promise<ReadonlyMap<string, number>> {
  const { topics } = await admin.fetchTopicMetadata();
  return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
}

async function create(
  admin: Admin,
  topics: readonly TopicLayout[],
  prefix: string,
  replicationFactor: number,
): Promise<void> {
  const wanted = topics.map((topic): ITopicConfig => {
    const entries = Object.entries(topicConfiguration(topic, replicationFactor));
    return {
      topic: prefix + topic.name,
      numPartitions: topic.partitions,
      replicationFactor,
      configEntries: entries.map(([name, value]) => ({ name, value })),
    };
  });
  // Two jobs at once: what the other one has created meanwhile is no error, and answers false.
  // kafkajs' own waiting fails where the broker that answers has not heard of the topics yet.
  await admin.createTopics({ topics: wanted, waitForLeaders: false, timeout: CREATE_TIMEOUT_MS });
  await untilUsable(admin, wanted);
}

async function untilUsable(admin: Admin, wanted: readonly ITopicConfig[]): Promise<void> {
  const giveUpAt = performance.now() + CREATE_TIMEOUT_MS;
  while (performance.now() < giveUpAt) {
    const { topics } = await admin.fetchTopicMetadata().catch(() => ({ topics: [] }));
    const led = new Map(topics.map(({ name, partitions }) => [name, partitions.filter(({ leader }) => leader >= 0)]));
    if (wanted.every(({ topic, numPartitions }) => led.get(topic)?.length === numPartitions)) return;
    await sleep(KNOWN_APART_MS);
  }
  throw new Error(`the topics were created, but Kafka offers none of them after ${CREATE_TIMEOUT_MS} ms`);
}
