import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { durationSchema } from '@apilink/contracts';
import { eventLogKind, eventLogVariables, type EventLogEnvironment } from '@apilink/events';
import { holdStoreKind, holdStoreVariables } from '@apilink/holds';
import type { DatabaseSsl } from '@apilink/postgres';
import {
  ConfigurationError,
  databaseSslVariables,
  databaseUrlSchema,
  integerVariable,
  logLevels,
  portSchema,
  readEnvironment,
  type Environment,
} from '@apilink/service';
import { z } from 'zod';

const builtInConfiguration = './apilink.yaml';
export const builtInDataDir = './.apilink';

/** What standalone reads itself; the table in the README says the same. The rest goes to the services untouched. */
export const environmentSchema = z.object({
  PORT: portSchema.prefault('8787').describe('one port for everything; probes and metrics on port + 100'),
  HOST: z.string().min(1).max(255).default('127.0.0.1').describe('address to listen on'),
  APILINK_CONFIG: z.string().min(1).optional().describe('configuration file'),
  APILINK_DATA_DIR: z.string().min(1).default(builtInDataDir).describe('data folder'),
  PAYMENT_SANDBOX: z
    .enum(['allow', 'refuse'], 'expected allow or refuse')
    .optional()
    .describe('top-ups with play money'),
  HOLD_EXPIRY: durationSchema.prefault('90s').describe('life of a hold without renewal by its edge'),
  KEY_DEFAULT_RPM: integerVariable(1, 10_000_000).prefault('60000').describe('requests a minute of a key'),
  KEY_DEFAULT_TPM: integerVariable(1, 100_000_000_000).prefault('100000000').describe('tokens a minute of a key'),
  KEY_DEFAULT_CONCURRENCY: integerVariable(1, 1_000_000).prefault('512').describe('requests at once of a key'),
  IP_CONCURRENCY: integerVariable(1, 1_000_000).prefault('100').describe('connections per client address'),
  DATABASE_URL: databaseUrlSchema.optional().describe('Postgres of your own, as a role that may create roles'),
  ...databaseSslVariables,
  ...eventLogVariables,
  ...holdStoreVariables,
  LOG_LEVEL: z
    .enum(logLevels, `expected one of ${logLevels.join(', ')}`)
    .default('info')
    .describe('least level in the log file'),
  DRAIN_DEADLINE: durationSchema.prefault('25s').describe('how long running requests may take after SIGTERM'),
});

export interface StandaloneSettings {
  readonly port: number;
  readonly adminPort: number;
  readonly host: string;
  /** Absolute; null = the built-in catalog alone. */
  readonly configurationFile: string | null;
  /** Absolute. */
  readonly dataDir: string;
  /** Null = the embedded Postgres. */
  readonly databaseUrl: string | null;
  /** Towards DATABASE_URL; the embedded one is reached on loopback. */
  readonly databaseSsl: DatabaseSsl;
  /** Kafka, where its topics have to be created; null = the log is a schema of the database. */
  readonly kafka: EventLogEnvironment | null;
  /** The gate is a schema of the database; else it is Redis. */
  readonly hasGateSchema: boolean;
  readonly logLevel: (typeof logLevels)[number];
  readonly drainDeadlineMs: number;
  /** Whether play money tops up: the default on a newcomer's machine, never in production unless it is said. */
  readonly hasSandbox: boolean;
}

/** Reads the environment; throws ConfigurationError with one sentence that names the variable. */
export function readSettings(env: Environment): StandaloneSettings {
  const read = readEnvironment(environmentSchema, env);
  return {
    port: read.PORT,
    adminPort: read.PORT === 0 ? 0 : adminPort(read.PORT),
    host: read.HOST,
    configurationFile: configurationFile(read.APILINK_CONFIG),
    dataDir: resolve(read.APILINK_DATA_DIR),
    databaseUrl: read.DATABASE_URL ?? null,
    databaseSsl: read.DATABASE_URL === undefined ? {} : read,
    kafka: eventLogKind(read) === 'kafka' ? read : null,
    hasGateSchema: holdStoreKind(read) === 'postgres',
    logLevel: read.LOG_LEVEL,
    drainDeadlineMs: read.DRAIN_DEADLINE,
    hasSandbox:
      read.PAYMENT_SANDBOX === undefined ? env['NODE_ENV'] !== 'production' : read.PAYMENT_SANDBOX === 'allow',
  };
}

function adminPort(port: number): number {
  if (port > 65_435) throw new ConfigurationError('PORT has a wrong value: port + 100 must be a port too.');
  return port + 100;
}

function configurationFile(named: string | undefined): string | null {
  if (named !== undefined) {
    if (!existsSync(named)) throw new ConfigurationError(`APILINK_CONFIG names ${named}, which does not exist.`);
    return resolve(named);
  }
  return existsSync(builtInConfiguration) ? resolve(builtInConfiguration) : null;
}
