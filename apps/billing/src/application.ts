import { setTimeout as wait } from 'node:timers/promises';

import { topics } from '@apilink/contracts';
import { exposeConsumerLag, openEventLog, type EventLog } from '@apilink/events';
import { openHoldStore, type OpenedHoldStore } from '@apilink/holds';
import { openDatabase, type PostgresDatabase } from '@apilink/postgres';
import {
  AccessTokenSigner,
  AccessTokenVerifier,
  createServiceApp,
  Metrics,
  openTracing,
  readFailpoints,
  ServiceTokens,
  type CreateOptions,
  type Failpoints,
  type Logger,
  type ServiceApplication,
  type Tracing,
} from '@apilink/service';

import { readBillingEnvironment, type BillingEnvironment } from './billing.config.js';
import { CONSUMER_GROUP, createBillingServices } from './billing-services.factory.js';
import { BillingModule } from './billing.module.js';
import { SigningKeyRepository } from './identity/signing-key.repository.js';
import { billingMigrations } from './migrations/billing-migrations.js';
import { PAYMENT_EVENTS_PATH } from './payment/payment-event.controller.js';
import type { PaymentSettings } from './payment/payment-services.factory.js';
import { SANDBOX_PATH } from './sandbox-checkout/sandbox-channel.client.js';
import { KeyedSecretRepository } from './secret/keyed-secret.repository.js';
import { Background } from './schedule/background.service.js';
import { WebhookClient } from './webhook/webhook.client.js';

export { billingMigrations } from './migrations/billing-migrations.js';

const NAME = 'billing';
/** A hand-over of 500 events, with what clients wrote into them. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Billing: accounts, keys, ledger, settlement, the gate's writer, the reaper, and the HTTP side of all of them. With
 * DATABASE_OWNER_URL it migrates its own schema. The event log and the gate are those that the environment names; where
 * they are Postgres their schemas have to be there.
 */
export async function createBillingApplication({ env, logger }: CreateOptions): Promise<ServiceApplication> {
  const environment = readBillingEnvironment(env);
  const failpoints = readFailpoints(env);
  const tracing = await openTracing({ service: NAME, env, logger });
  const database = await openDatabase({
    environment,
    schema: NAME,
    migrations: billingMigrations,
    applicationName: NAME,
    onError: (error) => logger.warn({ err: error }, 'A database connection broke.'),
  });
  const opened: Opened = { database, log: null, gate: null };
  try {
    const stores = await openStores(environment, logger, opened);
    return await assemble(stores, { environment, logger, failpoints, tracing });
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

interface Stores {
  readonly database: PostgresDatabase;
  readonly log: EventLog;
  readonly gate: OpenedHoldStore;
}

/** What is open so far, so that a start that fails leaves nothing open. */
interface Opened {
  readonly database: PostgresDatabase;
  log: EventLog | null;
  gate: OpenedHoldStore | null;
}

async function openStores(environment: BillingEnvironment, logger: Logger, opened: Opened): Promise<Stores> {
  const database = () => Promise.resolve(opened.database);
  const log = await openEventLog({ environment, clientId: NAME, logger, database });
  opened.log = log;
  const gate = await openHoldStore({ environment, clientName: `apilink-${NAME}`, logger, database });
  opened.gate = gate;
  return { database: opened.database, log, gate };
}

async function closeAll({ log, gate, database }: Opened): Promise<void> {
  await log?.close();
  await gate?.close();
  await database.close();
}

interface Surroundings {
  readonly environment: BillingEnvironment;
  readonly logger: Logger;
  readonly failpoints: Failpoints;
  readonly tracing: Tracing;
}

async function assemble(
  { database, log, gate }: Stores,
  { environment, logger, failpoints, tracing }: Surroundings,
): Promise<ServiceApplication> {
  const metrics = new Metrics(NAME);
  const signer = await createSigner(environment, database);
  const webhooks = new WebhookClient(environment.WEBHOOK_PRIVATE_ADDRESSES, Date.now);
  const services = createBillingServices({
    database,
    log,
    gate,
    gateEpochs: gate.epochs,
    failpoints,
    logger,
    metrics,
    signer,
    operatorToken: environment.OPERATOR_TOKEN,
    namedOperators: environment.OPERATOR_TOKENS ?? [],
    payments: await paymentSettings(environment, database),
    secretsKeys: environment.SECRETS_KEY,
    webhookSender: webhooks,
    webhookPrivateAddresses: environment.WEBHOOK_PRIVATE_ADDRESSES,
    random: Math.random,
    holdExpiryMs: environment.HOLD_EXPIRY,
    now: Date.now,
    wait: (ms) => wait(ms),
  });
  exposeConsumerLag(metrics, { log, group: CONSUMER_GROUP, topics: [topics.usage.name, topics.prices.name] });
  const background = new Background({
    services,
    database,
    log,
    logger,
    failpoints,
    tracing,
    holdExpiryMs: environment.HOLD_EXPIRY,
    gateIsApart: gate.epochs !== null,
  });
  return createServiceApp({
    name: NAME,
    module: BillingModule.forRoot(services, {
      verifier: AccessTokenVerifier.fromKeys(signer.jwks()),
      serviceTokens: new ServiceTokens(environment.SERVICE_TOKENS),
    }),
    logger,
    metrics,
    bodyBytesMax: BODY_BYTES_MAX,
    rawBodyPaths: [PAYMENT_EVENTS_PATH, `${SANDBOX_PATH}/`],
    start: () => background.start(),
    readiness: () => databaseAway(database),
    drain: () => background.stop(),
    close: async () => {
      await webhooks.close();
      await closeAll({ log, gate, database });
      await tracing.shutdown();
    },
  });
}

async function createSigner(environment: BillingEnvironment, database: PostgresDatabase): Promise<AccessTokenSigner> {
  const given = environment.SIGNING_KEY;
  return new AccessTokenSigner(given === undefined ? await new SigningKeyRepository(database).findOrCreate() : [given]);
}

/** Keys that are not given are kept in the schema, so that every replica has the same ones. */
async function paymentSettings(environment: BillingEnvironment, database: PostgresDatabase): Promise<PaymentSettings> {
  const secrets = new KeyedSecretRepository();
  return {
    sandboxSecret:
      environment.PAYMENT_SANDBOX === 'allow' ? await secrets.findOrCreate(database, 'sandbox-events') : null,
    checkoutUrl: environment.CHECKOUT_URL,
    bankTransferEntity: environment.BANK_TRANSFER_ENTITY,
    identityKey: environment.IDENTITY_KEY ?? (await secrets.findOrCreate(database, 'identities')),
    freeCreditDailyNanoUsd: environment.FREE_CREDIT_DAILY_USD,
  };
}

async function databaseAway(database: PostgresDatabase): Promise<string | null> {
  try {
    await database.query('SELECT 1');
    return null;
  } catch {
    return `The database at ${database.address} does not answer.`;
  }
}
