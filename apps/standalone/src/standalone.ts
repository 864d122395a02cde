import { createTopics, eventLogMigrations } from '@apilink/events';
import { gateMigrations } from '@apilink/holds';
import { migrate, type RoleUrls } from '@apilink/postgres';
import {
  ConfigurationError,
  createAdminServer,
  type AdminServer,
  type AdminServerOptions,
  type Environment,
  type Logger,
} from '@apilink/service';

import { startServices } from './composition/composition.service.js';
import { ServiceEnvironments } from './composition/service-environment.factory.js';
import { openDataFolder } from './data-folder/data-folder.service.js';
import { readSecrets } from './data-folder/secret.repository.js';
import { startDatabase } from './database/database.service.js';
import type { StandaloneSettings } from './environment/environment.config.js';
import { serveFirstSteps } from './first-steps/first-steps.controller.js';
import { FrontListener } from './front-listener/front-listener.service.js';
import { openLogFile } from './log-file/log-file.service.js';
import type { Progress } from './progress/progress.service.js';
import { BillingClient } from './quickstart/billing.client.js';
import { ensureFirstKey } from './quickstart/first-key.service.js';
import { quickstartFile, type Quickstart } from './quickstart/quickstart.repository.js';
import { topUpPage } from './top-up/top-up.controller.js';
import type { Shutdown } from './shutdown/shutdown.service.js';
import { originOf } from './front-listener/origin.domain.js';

/** Kafka's word for the number of replicas that its brokers are configured with. */
const BROKERS_DEFAULT = -1;

export interface StandaloneOptions {
  readonly env: Environment;
  readonly settings: StandaloneSettings;
  readonly progress: Progress;
  readonly shutdown: Shutdown;
  /** The embedded Postgres ended by itself: nothing can go on. */
  readonly onDatabaseLost: () => void;
  /** Told as soon as there is a log; `flush` writes what still waits of it. */
  readonly onLog: (logger: Logger, flush: () => void) => void;
}

export interface RunningStandalone {
  readonly quickstart: Quickstart;
  readonly firstStepsUrl: string;
  readonly adminUrl: string;
}

/**
 * Starts everything and resolves when clients are let in and quickstart.json is written. What has been started is in
 * `shutdown`, also when this rejects.
 */
export async function startStandalone(options: StandaloneOptions): Promise<RunningStandalone> {
  const { settings, progress, shutdown } = options;
  const folder = await openDataFolder(settings.dataDir, {
    onWait: () => progress.note('waiting for the process that is leaving the data folder'),
  });
  shutdown.add('data folder', async () => folder.release());
  const { openLog, flush } = openLogFile({ ...settings, onWarning: (sentence) => progress.remark(sentence) });
  const logger = openLog('standalone');
  options.onLog(logger, flush);
  logger.info({ pid: process.pid, node: process.versions.node }, 'Starting.');
  const front = await FrontListener.listen(settings);
  shutdown.add('front listener', async () => front.close());
  const origin = originOf(front.address);
  const secrets = await readSecrets(settings.dataDir);
  shutdown.proceed();

  const database = await progress.step('Starting Postgres', () =>
    startDatabase({
      dataDir: settings.dataDir,
      databaseUrl: settings.databaseUrl,
      databaseSsl: settings.databaseSsl,
      passwords: secrets.rolePasswords,
      onProgress: (step) => progress.note(step),
      onLost: options.onDatabaseLost,
    }),
  );
  shutdown.add('Postgres', () => database.stop());
  shutdown.proceed();
  await prepareStores(options, database.urls);
  shutdown.proceed();

  const environments = new ServiceEnvironments({ env: options.env, settings, secrets, urls: database.urls, origin });
  const { drainDeadlineMs } = settings;
  const applications = await startServices({ environments, front, progress, shutdown, openLog, drainDeadlineMs });
  shutdown.proceed();
  const admin = await startAdmin({ applications, logger, host: settings.host, port: settings.adminPort });
  shutdown.add('admin', () => admin.close());
  const adminUrl = originOf(admin.address);

  const billing = await BillingClient.signIn(origin, secrets.operatorToken);
  const firstKey = await ensureFirstKey(settings.dataDir, billing);
  const baseUrl = `${origin}/v1`;
  front.attach('first-steps', (request, response) =>
    serveFirstSteps({ baseUrl, apiKey: firstKey.apiKey, adminUrl, hasTopUp: settings.hasSandbox }, request, response),
  );
  front.attach('top-up', topUpPage({ isEnabled: settings.hasSandbox, origin, ...secrets, ...firstKey, logger }));
  shutdown.proceed();
  shutdown.add('entrance', async () => {
    folder.leaving();
    logger.info('Draining.');
  });
  front.open();
  admin.markStarted();
  const quickstart: Quickstart = {
    baseUrl,
    apiKey: firstKey.apiKey,
    accountId: firstKey.accountId,
    consoleUrl: `${origin}/`,
    statusUrl: `${origin}/status`,
    operatorToken: secrets.operatorToken,
    services: {
      'edge-proxy': origin,
      router: origin,
      billing: origin,
      invoicing: origin,
      status: origin,
      admin: adminUrl,
    },
  };
  quickstartFile(settings.dataDir).write(quickstart);
  logger.info({ baseUrl, adminUrl }, 'Ready.');
  return { quickstart, firstStepsUrl: `${origin}/`, adminUrl };
}

/** The admin port is no variable of its own here: what is to be changed is PORT. */
async function startAdmin(options: AdminServerOptions): Promise<AdminServer> {
  try {
    return await createAdminServer(options);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError(
      `PORT + 100, where probes and metrics stand, is port ${options.port}, which cannot be opened: stop what listens there, or set PORT to another port.`,
      { cause: error },
    );
  }
}

/**
 * What belongs to no service: the schemas of event log and gate where these are in the database, Kafka's topics where it
 * is the event log (with as many replicas as the brokers say). Each service migrates its own schema.
 */
async function prepareStores({ settings, progress }: StandaloneOptions, urls: RoleUrls): Promise<void> {
  const { kafka, hasGateSchema, databaseSsl: ssl } = settings;
  if (kafka === null || hasGateSchema) {
    await progress.step('Migrating event log and gate', async () => {
      const log = { url: urls.event_log_owner, schema: 'event_log', migrations: eventLogMigrations, ssl };
      const gate = { url: urls.gate_owner, schema: 'gate', migrations: gateMigrations, ssl };
      if (kafka === null) await migrate(log);
      if (hasGateSchema) await migrate(gate);
    });
  }
  if (kafka === null) return;
  await progress.step("Creating Kafka's topics", () =>
    createTopics({
      environment: kafka,
      replicationFactor: BROKERS_DEFAULT,
      onCreated: (topic) => progress.note(`created ${topic}`),
    }),
  );
}
