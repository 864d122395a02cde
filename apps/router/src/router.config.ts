import { DEMO_PROVIDER_ID, servedProviders } from '@apilink/catalog';
import { eventLogVariables } from '@apilink/events';
import { databaseSslVariables, databaseUrlSchema, integerVariable, serviceUrlSchema } from '@apilink/service';
import { z } from 'zod';

const ownVariables = {
  DATABASE_URL: databaseUrlSchema.describe('Postgres as the role router_app'),
  DATABASE_OWNER_URL: databaseUrlSchema
    .optional()
    .describe('Postgres as the role router_owner: the schema is migrated at the start; without it, it has to be there'),
  DATABASE_POOL_MAX: integerVariable(3, 200).prefault('8').describe('Connections at most'),
  APILINK_CONFIG: z.string().max(4096).optional().describe('The configuration file; a change is in force within 2 s'),
  BILLING_URL: serviceUrlSchema.prefault('http://127.0.0.1:8792').describe('Billing, for the keys of access tokens'),
  DEMO_PROVIDER_URL: serviceUrlSchema
    .optional()
    .describe('Base URL of the demo provider: its models of the built-in catalog take part'),
  ...databaseSslVariables,
  ...eventLogVariables,
};

const secret = z.string().max(1000).optional();

/** What activates the providers of the built-in catalog: their keys, and where they are if that differs. */
const providerVariables = Object.fromEntries(
  servedProviders
    .filter(({ id }) => id !== DEMO_PROVIDER_ID)
    .flatMap(({ name, keyVariable, baseUrlVariable }) => [
      ...(keyVariable === null
        ? []
        : [[keyVariable, secret.describe(`A key of ${name}: its models of the built-in catalog take part`)] as const]),
      ...(baseUrlVariable === null
        ? []
        : [[baseUrlVariable, serviceUrlSchema.optional().describe(`Base URL of ${name}, beside its key`)] as const]),
    ]),
);
const variables: typeof ownVariables = { ...ownVariables, ...providerVariables };

/** What the router reads from the environment, beside what every service reads. The README's table says the same. */
export const routerEnvironmentSchema = z.object(variables);
export type RouterEnvironment = z.output<typeof routerEnvironmentSchema>;

/** Milliseconds since the epoch. */
export type Clock = () => number;

/** Where the configuration file is sought when nothing names it; there it may be missing. */
export const DEFAULT_CONFIGURATION_FILE = './apilink.yaml';
