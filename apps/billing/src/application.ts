import { setTimeout as wait } from 'node:timers/promises';

import { NestFactory } from '@nestjs/core';
import type { INestMicroservice } from '@nestjs/common';
import { EventLogStrategy, OutboxRelay, PostgresEventLog } from '@apilink/events';
import { PostgresGateWriter, PostgresHoldStore } from '@apilink/holds';
import { connectDatabase, migrate, type PostgresDatabase } from '@apilink/postgres';
import {
  AccessTokenSigner,
  AccessTokenVerifier,
  createServiceApp,
  Metrics,
  NestLogger,
  ServiceTokens,
  type CreateOptions,
  type Logger,
  type ServiceApplication,
} from '@apilink/service';

import { readBillingEnvironment, type BillingEnvironment } from './billing.config.js';
import { CONSUMER_GROUP, createBillingServices, type BillingServices } from './billing-services.factory.js';
import { BillingConsumerModule, BillingModule } from './billing.module.js';
import { SigningKeyRepository } from './identity/signing-key.repository.js';
import { billingMigrations } from './migrations/billing-migrations.js';
import { RepeatingTask } from './schedule/repeating-task.service.js';

export { billingMigrations } from './migrations/billing-migrations.js';

const NAME = 'billing';
const LATE_INTERVAL_MS = 1_000;
const WATCH_INTERVAL_MS = 15_000;

/**
 * Billing: accounts, keys, ledger, settlement, the gate's writer, the reaper, and the HTTP side of all of them. With
 * DATABASE_OWNER_URL it migrates its own schema; the schemas of event log and gate have to be there.
 */
export async function createBillingApplication({ env, logger }: CreateOptions): Promise<ServiceApplication> {
  const environment = readBillingEnvironment(env);
  await migrateSchema(environment);
  const database = await connectDatabase({
    url: environment.DATABASE_URL,
    applicationName: NAME,
    schema: NAME,
    poolMax: environment.DATABASE_POOL_MAX,
    onError: (error) => logger.warn({ err: error }, 'A database connection broke.'),
  });
  try {
    return await assemble(environment, database, logger);
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function migrateSchema({ DATABASE_OWNER_URL: url }: BillingEnvironment): Promise<void> {
  if (url !== undefined) await migrate({ url, schema: NAME, migrations: billingMigrations });
}

async function assemble(
  environment: BillingEnvironment,
  database: PostgresDatabase,
  logger: Logger,
): Promise<ServiceApplication> {
  const metrics = new Metrics(NAME);
  const log = new PostgresEventLog(database, { logger });
  const gate = new PostgresHoldStore(database);
  const signer = await createSigner(environment, database);
  const services = createBillingServices({
    database,
    log,
    gate,
    gateWriter: new PostgresGateWriter(),
    metrics,
    signer,
    operatorToken: environment.OPERATOR_TOKEN,
    holdExpiryMs: environment.HOLD_EXPIRY,
    now: Date.now,
    wait: (ms) => wait(ms),
  });
  const background = new Background({ services, database, log, logger, holdExpiryMs: environment.HOLD_EXPIRY });
  return createServiceApp({
    name: NAME,
    module: BillingModule.forRoot(services, {
      verifier: AccessTokenVerifier.fromKeys(signer.jwks()),
      serviceTokens: new ServiceTokens(environment.SERVICE_TOKENS),
    }),
    logger,
    metrics,
    start: () => background.start(),
    readiness: () => databaseAway(database),
    drain: () => background.stop(),
    close: async () => {
      await log.close();
      await gate.close();
      await database.close();
    },
  });
}

async function createSigner(environment: BillingEnvironment, database: PostgresDatabase): Promise<AccessTokenSigner> {
  const given = environment.SIGNING_KEY;
  return new AccessTokenSigner(given === undefined ? await new SigningKeyRepository(database).findOrCreate() : [given]);
}

async function databaseAway(database: PostgresDatabase): Promise<string | null> {
  try {
    await database.query('SELECT 1');
    return null;
  } catch {
    return `The database at ${database.address} does not answer.`;
  }
}

interface BackgroundParts {
  readonly services: BillingServices;
  readonly database: PostgresDatabase;
  readonly log: PostgresEventLog;
  readonly logger: Logger;
  readonly holdExpiryMs: number;
}

/** What runs beside requests: consumers, outbox relay, reaper, late settlements, figures. */
class Background {
  readonly #relay: OutboxRelay;
  readonly #tasks: readonly RepeatingTask[];
  #consumers: INestMicroservice | null = null;

  constructor(private readonly parts: BackgroundParts) {
    const { services, holdExpiryMs } = parts;
    this.#relay = new OutboxRelay({ database: parts.database, schema: NAME, log: parts.log, logger: parts.logger });
    this.#tasks = [
      this.#task('reaper', holdExpiryMs / 9, () => services.reaper.reap()),
      this.#task('reaper of unlisted holds', holdExpiryMs / 3, () => services.reaper.reapUnlisted()),
      this.#task('late settlements', LATE_INTERVAL_MS, () => services.lateSettlements.settlePending()),
      this.#task('ledger watch', WATCH_INTERVAL_MS, () => services.watch.look()),
    ];
  }

  async start(): Promise<void> {
    const { services, log, logger } = this.parts;
    this.#relay.start();
    this.#consumers = await NestFactory.createMicroservice(BillingConsumerModule.forRoot(services), {
      strategy: new EventLogStrategy({ log, group: CONSUMER_GROUP }),
      logger: new NestLogger(logger),
      abortOnError: false,
    });
    await this.#consumers.listen();
    for (const task of this.#tasks) task.start();
  }

  /** Finishes running batches and turns, then publishes what stands in the outbox. */
  async stop(): Promise<void> {
    await this.#consumers?.close();
    await Promise.all(this.#tasks.map((task) => task.stop()));
    await this.#relay.stop();
  }

  #task(name: string, intervalMs: number, run: () => Promise<unknown>): RepeatingTask {
    return new RepeatingTask({ name, intervalMs, run, logger: this.parts.logger });
  }
}
