import { resolve } from 'node:path';

import { builtInCatalog } from '@apilink/catalog';
import { topics } from '@apilink/contracts';
import {
  countOutbox,
  EventLogStrategy,
  exposeConsumerLag,
  openEventLog,
  OutboxRelay,
  type EventLog,
} from '@apilink/events';
import { openDatabase, type PostgresDatabase } from '@apilink/postgres';
import {
  AccessTokenVerifier,
  createServiceApp,
  Metrics,
  readEnvironment,
  type Environment,
  type Logger,
  type ServiceApplication,
} from '@apilink/service';

import { CatalogFile } from './catalog/catalog-file.service.js';
import { CatalogService } from './catalog/catalog.service.js';
import { HealthService } from './health/health.service.js';
import { routerMigrations } from './migrations/router-migrations.js';
import { ROUTER_SCHEMA } from './publication/publication.repository.js';
import { PublicationService } from './publication/publication.service.js';
import {
  DEFAULT_CONFIGURATION_FILE,
  routerEnvironmentSchema,
  type Clock,
  type RouterEnvironment,
} from './router.config.js';
import { RouterModule } from './router.module.js';

const NAME = 'router';

export interface RouterOptions {
  readonly env: Environment;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/**
 * The control plane of routing: catalog, prices, health. Rejects with ConfigurationError (one sentence with the variable,
 * or with line and path of apilink.yaml) before anything is opened.
 */
export async function createRouterApplication(options: RouterOptions): Promise<ServiceApplication> {
  const env = readEnvironment(routerEnvironmentSchema, options.env);
  const catalog = new CatalogService({
    file: new CatalogFile(resolve(env.APILINK_CONFIG ?? DEFAULT_CONFIGURATION_FILE)),
    isRequired: env.APILINK_CONFIG !== undefined,
    builtIn: { catalog: builtInCatalog(), activation: activationOf(env) },
    logger: options.logger,
    now: options.clock ?? Date.now,
  });
  const database = await openDatabase({
    environment: env,
    schema: ROUTER_SCHEMA,
    migrations: routerMigrations,
    applicationName: NAME,
    onError: (error) => options.logger.warn({ err: error }, 'A connection to the database broke.'),
  });
  let log: EventLog | null = null;
  try {
    log = await openEventLog({
      environment: env,
      clientId: NAME,
      logger: options.logger,
      database: async () => database,
    });
    return await assemble(options, env, { catalog, database, log });
  } catch (error) {
    await log?.close();
    await database.close();
    throw error;
  }
}

interface Opened {
  readonly catalog: CatalogService;
  readonly database: PostgresDatabase;
  readonly log: EventLog;
}

function assemble(
  options: RouterOptions,
  env: RouterEnvironment,
  { catalog, database, log }: Opened,
): Promise<ServiceApplication> {
  const { logger } = options;
  const publication = new PublicationService(database, options.clock ?? Date.now);
  const relay = new OutboxRelay({ database, schema: ROUTER_SCHEMA, log, logger });
  const health = new HealthService({ log, logger, now: options.clock ?? Date.now });
  const consumers = new EventLogStrategy({ log, group: NAME });
  const metrics = createMetrics(catalog, database);
  exposeConsumerLag(metrics, { log, group: NAME, topics: [topics.health.name] });
  const verifier = AccessTokenVerifier.fromUrl(`${env.BILLING_URL}/.well-known/jwks.json`);
  return createServiceApp({
    name: NAME,
    module: RouterModule.forRoot({ catalog, health, verifier }),
    logger,
    metrics,
    start: async (application) => {
      await catalog.start((models) => publication.publish(models));
      relay.start();
      application.connectMicroservice({ strategy: consumers });
      await application.startAllMicroservices();
      await health.start();
    },
    readiness: async () => {
      await database.query('SELECT 1');
      return catalog.state().inForceSince === null ? 'The catalog has not been published yet.' : null;
    },
    drain: async () => {
      await catalog.stop();
      await consumers.close();
      await health.stop();
      await relay.stop();
    },
    close: async () => {
      await log.close();
      await database.close();
    },
  });
}

/** The value of a variable that activates a built-in provider, when it is set. */
function activationOf(env: RouterEnvironment): (variable: string) => string | null {
  const values = new Map<string, unknown>(Object.entries(env));
  return (variable) => {
    const value = values.get(variable);
    return typeof value === 'string' ? value : null;
  };
}

function createMetrics(catalog: CatalogService, database: PostgresDatabase): Metrics {
  const metrics = new Metrics(NAME);
  metrics.gauge({
    name: 'apilink_catalog_models',
    help: 'Models in the catalog in force.',
    collect() {
      this.set(catalog.models().length);
    },
  });
  metrics.gauge({
    name: 'apilink_configuration_refused',
    help: '1 while the configuration file is refused and an older one is in force.',
    collect() {
      this.set(catalog.state().status === 'error' ? 1 : 0);
    },
  });
  metrics.askedGauge({
    name: 'apilink_outbox_pending',
    help: 'Events that wait in the outbox.',
    ask: () => countOutbox(database, ROUTER_SCHEMA),
  });
  return metrics;
}
