import { hostname } from 'node:os';

import { durationSchema } from '@apilink/contracts';
import { eventLogVariables } from '@apilink/events';
import { holdStoreVariables } from '@apilink/holds';
import {
  byteSizeSchema,
  databaseSslVariables,
  databaseUrlSchema,
  integerVariable,
  readEnvironment,
  secretsKeyVariable,
  serviceTokensSchema,
  serviceUrlSchema,
  type Environment,
} from '@apilink/service';
import { z } from 'zod';

/** What an edge reads from its environment, beside what every service reads (libs/service). */
export const edgeEnvironmentSchema = z.object({
  ...eventLogVariables,
  ...holdStoreVariables,
  DATABASE_URL: databaseUrlSchema
    .optional()
    .describe(
      'Postgres as the role edge_app: what clients ask to be kept; embedded, the gate and the event log too; default: nothing is kept',
    ),
  DATABASE_OWNER_URL: databaseUrlSchema
    .optional()
    .describe('Postgres as the role edge_owner: the schema is migrated at the start; without it, it has to be there'),
  ...databaseSslVariables,
  SECRETS_KEY: secretsKeyVariable.describe(
    'Seals what is kept: 32 bytes in base64url, or two such keys while they are rotated (30 days); default: nothing is kept',
  ),
  BILLING_URL: serviceUrlSchema
    .default('http://127.0.0.1:8792')
    .describe('Base URL of billing, for unknown keys, accounts to load, receipts and the hand-over of a drain'),
  SERVICE_TOKENS: serviceTokensSchema.describe('One or two tokens that services show each other'),
  APILINK_DATA_DIR: z
    .string()
    .min(1)
    .default('./.apilink')
    .describe('Folder of this edge alone: the spool of usage events and the last routing table'),
  EDGE_ID: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe("This edge's name in health reports, of no other edge; default: host name and process"),
  HOLD_EXPIRY: durationSchema
    .refine((ms) => ms >= 60, 'expected at least 60ms')
    .prefault('90s')
    .describe('Life of a hold without renewal; renewed at a sixth of it'),
  KEY_DEFAULT_RPM: integerVariable(1, 10_000_000)
    .prefault('60000')
    .describe('Requests a minute of a key without its own limit'),
  KEY_DEFAULT_TPM: integerVariable(1, 100_000_000_000)
    .prefault('100000000')
    .describe('Tokens a minute of a key without its own limit'),
  KEY_DEFAULT_CONCURRENCY: integerVariable(1, 1_000_000)
    .prefault('512')
    .describe('Requests at once of a key without its own limit'),
  IP_CONCURRENCY: integerVariable(1, 1_000_000)
    .prefault('100')
    .describe('Connections at once of one client address; loopback is unlimited'),
  SPOOL_BYTES_MAX: byteSizeSchema
    .refine((bytes) => bytes >= 1, 'expected at least 1B')
    .prefault('64MiB')
    .describe('Usage events that wait on the disk for the event log; beyond it new requests are refused'),
  SPOOL_AGE_MAX: durationSchema
    .refine((ms) => ms >= 1, 'expected a duration above zero')
    .prefault('10m')
    .describe('How long they may wait there; beyond it new requests are refused'),
});
export type EdgeEnvironment = z.output<typeof edgeEnvironmentSchema>;

export function readEdgeEnvironment(env: Environment): EdgeEnvironment {
  return readEnvironment(edgeEnvironmentSchema, env);
}

/** Edges of one host differ by their process, those of containers, which all have process 1, by their host name. */
export function edgeIdOf(settings: EdgeEnvironment): string {
  return settings.EDGE_ID ?? `${hostname().slice(0, 80)}-${process.pid}`;
}

/** Bodies are read whole: 32 MiB within a minute. */
export const bodyLimits = { bytesMax: 32 * 1024 * 1024, timeoutMs: 60_000 };
/** Look-ups of unknown keys that one address may cause in a minute. */
export const UNKNOWN_KEYS_PER_MINUTE = 120;
