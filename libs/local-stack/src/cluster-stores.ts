import { join } from 'node:path';

import { distributedSchemaNames, prepareRoles, type RolePasswords, type RoleUrls } from '@apilink/postgres';

import { checkout } from './command-line.js';
import { startKafka, type RunningKafka } from './kafka-server.js';
import type { LocalServer, LocalServerOptions } from './local-server.js';
import { startPostgres, type RunningPostgres } from './postgres-server.js';
import { startRedis, type RunningRedis } from './redis-server.js';
import { runCommand } from './run-command.js';

const TOPICS_MS_MAX = 60_000;

export interface ClusterStores {
  readonly kafka: RunningKafka;
  readonly redis: RunningRedis;
  readonly postgres: RunningPostgres;
}

export interface ClusterStoresOptions {
  readonly folder: string;
  readonly onProgress: (note: string) => void;
  readonly onUnexpectedExit: (store: string, logFile: string, lastLines: string) => void;
  /** Told of each store as soon as it runs, also when another one then fails. */
  readonly onStarted: (stop: () => Promise<void>) => void;
}

/** Starts Kafka, Redis and Postgres, each below the folder. */
export async function startStores(options: ClusterStoresOptions): Promise<ClusterStores> {
  const start = async <Store extends LocalServer>(
    name: string,
    logFile: string,
    run: (store: LocalServerOptions) => Promise<Store>,
  ): Promise<Store> => {
    const folder = join(options.folder, name.toLowerCase());
    const onUnexpectedExit = (lines: string): void => options.onUnexpectedExit(name, join(folder, logFile), lines);
    const store = await run({ folder, onUnexpectedExit, onProgress: options.onProgress });
    options.onStarted(async () => store.stop());
    return store;
  };
  const started = await Promise.allSettled([
    start('Kafka', 'server.log', startKafka),
    start('Redis', 'server.log', startRedis),
    start('Postgres', 'postgres.log', startPostgres),
  ]);
  const [kafka, redis, postgres] = started;
  if (kafka.status === 'fulfilled' && redis.status === 'fulfilled' && postgres.status === 'fulfilled') {
    return { kafka: kafka.value, redis: redis.value, postgres: postgres.value };
  }
  throw started.find((result) => result.status === 'rejected')?.reason;
}

/** Creates the topics that are missing, in a process of its own as in production. */
export async function createTopics(brokers: string): Promise<void> {
  const { code, output } = await runCommand(process.execPath, [join(checkout, 'deploy/jobs/create-topics.mjs')], {
    timeoutMs: TOPICS_MS_MAX,
    environment: { KAFKA_BROKERS: brokers, KAFKA_REPLICATION: '1' },
  });
  if (code !== 0) throw new Error(`the topics could not be created: ${output.trim()}`);
}

/** Database, roles and schemas of the services; each migrates its own schema. */
export async function prepareDatabase(
  superuserUrl: string,
  passwords: RolePasswords,
): Promise<RoleUrls<(typeof distributedSchemaNames)[number]>> {
  return prepareRoles({ superuserUrl, passwords, schemas: distributedSchemaNames });
}
