import { topics } from '@apilink/contracts';
import { EventLogStrategy, exposeConsumerLag, openEventLog, type EventLog } from '@apilink/events';
import { openDatabase, type PostgresDatabase } from '@apilink/postgres';
import {
  AccessTokenVerifier,
  createServiceApp,
  Metrics,
  openTracing,
  readEnvironment,
  type CreateOptions,
  type ServiceApplication,
  type Tracing,
} from '@apilink/service';

import { InvoiceableService } from './invoiceable/invoiceable.service.js';
import { invoicingEnvironmentSchema, type InvoicingEnvironment } from './invoicing.config.js';
import { InvoicingModule } from './invoicing.module.js';
import { PartitionLag } from './lag/partition-lag.service.js';
import { invoicingMigrations } from './migrations/invoicing-migrations.js';

export { invoicingMigrations } from './migrations/invoicing-migrations.js';

const NAME = 'invoicing';

/**
 * Invoicing: the invoiceable ledger, and what an account may have invoiced of it. With DATABASE_OWNER_URL it migrates its
 * own schema. Rejects with ConfigurationError, one sentence that names the variable.
 */
export async function createInvoicingApplication({ env, logger }: CreateOptions): Promise<ServiceApplication> {
  const environment = readEnvironment(invoicingEnvironmentSchema, env);
  const tracing = await openTracing({ service: NAME, env, logger });
  const database = await openDatabase({
    environment,
    schema: NAME,
    migrations: invoicingMigrations,
    applicationName: NAME,
    onError: (error) => logger.warn({ err: error }, 'A connection to the database broke.'),
  });
  let log: EventLog | null = null;
  try {
    log = await openEventLog({ environment, clientId: NAME, logger, database: async () => database });
    return await assemble(environment, { database, log, logger, tracing });
  } catch (error) {
    await log?.close();
    await database.close();
    throw error;
  }
}

interface Opened extends Pick<CreateOptions, 'logger'> {
  readonly database: PostgresDatabase;
  readonly log: EventLog;
  readonly tracing: Tracing;
}

function assemble(environment: InvoicingEnvironment, opened: Opened): Promise<ServiceApplication> {
  const { database, log, logger, tracing } = opened;
  const metrics = new Metrics(NAME);
  const entries = metrics.counter({
    name: 'apilink_invoiceable_entries_total',
    help: 'Entries written to the invoiceable ledger.',
    labelNames: ['kind'],
  });
  const invoiceable = new InvoiceableService({
    database,
    issuer: environment.ISSUER_ENTITY ?? null,
    onEntry: (kind) => entries.inc({ kind }),
  });
  const lag = new PartitionLag(log, NAME, topics.ledger);
  exposeConsumerLag(metrics, { log, group: NAME, topics: [topics.ledger.name] });
  const verifier = AccessTokenVerifier.fromUrl(`${environment.BILLING_URL}/.well-known/jwks.json`);
  const consumers = new EventLogStrategy({ log, group: NAME, tracing });
  return createServiceApp({
    name: NAME,
    module: InvoicingModule.forRoot({ invoiceable, lag, verifier }),
    logger,
    metrics,
    start: async (application) => {
      application.connectMicroservice({ strategy: consumers });
      await application.startAllMicroservices();
    },
    readiness: () => databaseAway(database),
    drain: () => consumers.close(),
    close: async () => {
      await log.close();
      await database.close();
      await tracing.shutdown();
    },
  });
}

async function databaseAway(database: PostgresDatabase): Promise<string | null> {
  try {
    await database.query('SELECT 1');
    return null;
  } catch {
    return `The database at ${database.address} does not answer.`;
  }
}
