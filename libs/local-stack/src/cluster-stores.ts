import { join } from 'node:path';

import { distributedSchemaNames, prepareRoles, type RolePasswords, type RoleUrls } from '@apilink/postgres';

import { checkout } from './command-line.js';
import { startKafka, type RunningKafka } from './kafka-server.js';
import type { LocalServer, LocalServerOptions } from './local-server.js';
import { startPostgres, type RunningPostgres } from './postgres-server.js';
import { startRedis, type RunningRedis } from './redis-server.js';
import { runCommand } from './run-command.js';

const SCRIPT_MS_MAX = 90_000;

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

/** Creates the topics that are missing, by the job that does so in production. */
export async function createTopics(brokers: string): Promise<void> {
  await runScript('deploy/jobs/create-topics.mjs', { KAFKA_BROKERS: brokers, KAFKA_REPLICATION: '1' });
}

/** Resolves when the gate admits: after a restart of Redis a sixth of `HOLD_EXPIRY` has to pass. */
export async function awaitGate(redisUrl: string): Promise<void> {
  await runScript('tools/cluster/await-gate.mjs', { REDIS_URL: redisUrl });
}

/** In a process of its own, because those libraries use this one for their tests. */
async function runScript(path: string, environment: Readonly<Record<string, string>>): Promise<void> {
  const { code, output } = await runCommand(process.execPath, [join(checkout, path)], {
    timeoutMs: SCRIPT_MS_MAX,
    environment,
  });
  if (code !== 0) throw new Error(output.trim() || `${path} did not end in time`);
}

/** Database, roles and schemas of the services; each migrates its own schema. */
export async function prepareDatabase(
  superuserUrl: string,
  passwords: RolePasswords,
): Promise<RoleUrls<(typeof distributedSchemaNames)[number]>> {
  return prepareRoles({ superuserUrl, passwords, schemas: distributedSchemaNames });
}
