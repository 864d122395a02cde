import { resolve } from 'node:path';

import { countOutbox, EventLogStrategy, OutboxRelay, PostgresEventLog } from '@apilink/events';
import { connectDatabase, migrate, type PostgresDatabase } from '@apilink/postgres';
import {
  AccessTokenVerifier,
  createServiceApp,
  Metrics,
  readEnvironment,
  type Environment,
  type Logger,
  type ServiceApplication,
} from '@apilink/service';

import { builtInModels } from './catalog/built-in-model.domain.js';
import { builtInProviders } from './catalog/built-in-provider.domain.js';
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
    builtIn: { providers: builtInProviders, models: builtInModels, activation: activationOf(env) },
    logger: options.logger,
    now: options.clock ?? Date.now,
  });
  const database = await openDatabase(env, options.logger);
  try {
    return await assemble(options, env, { catalog, database });
  } catch (error) {
    await database.close();
    throw error;
  }
}

interface Opened {
  readonly catalog: CatalogService;
  readonly database: PostgresDatabase;
}

function assemble(
  options: RouterOptions,
  env: RouterEnvironment,
  { catalog, database }: Opened,
): Promise<ServiceApplication> {
  const { logger } = options;
  const publication = new PublicationService(database, options.clock ?? Date.now);
  const log = new PostgresEventLog(database, { logger });
  const relay = new OutboxRelay({ database, schema: ROUTER_SCHEMA, log, logger });
  const health = new HealthService({ log, logger, now: options.clock ?? Date.now });
  const consumers = new EventLogStrategy({ log, group: 'router' });
  const verifier = AccessTokenVerifier.fromUrl(`${env.BILLING_URL}/.well-known/jwks.json`);
  return createServiceApp({
    name: 'router',
    module: RouterModule.forRoot({ catalog, health, verifier }),
    logger,
    metrics: createMetrics(catalog, database),
    start: async (application) => {
      await catalog.start((models) => publication.publish(models));
      relay.start();
      application.connectMicroservice({ strategy: consumers });
      await application.startAllMicroservices();
      health.start();
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

async function openDatabase(env: RouterEnvironment, logger: Logger): Promise<PostgresDatabase> {
  if (env.DATABASE_OWNER_URL !== undefined)
    await migrate({ url: env.DATABASE_OWNER_URL, schema: ROUTER_SCHEMA, migrations: routerMigrations });
  return connectDatabase({
    url: env.DATABASE_URL,
    applicationName: 'router',
    schema: ROUTER_SCHEMA,
    poolMax: env.DATABASE_POOL_MAX,
    onError: (error) => logger.warn({ err: error }, 'A connection to the database broke.'),
  });
}

/** A variable that names a built-in provider's credential, when it is set. */
function activationOf(env: RouterEnvironment): (variable: string) => string | null {
  const values = new Map<string, unknown>(Object.entries(env));
  return (variable) => {
    const value = values.get(variable);
    return typeof value === 'string' ? value : null;
  };
}

function createMetrics(catalog: CatalogService, database: PostgresDatabase): Metrics {
  const metrics = new Metrics('router');
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
