import { eventLogVariables } from '@apilink/events';
import { databaseSslVariables, databaseUrlSchema, integerVariable, serviceUrlSchema } from '@apilink/service';
import { z } from 'zod';

/** What invoicing reads from the environment, beside what every service reads. The README's table says the same. */
export const invoicingEnvironmentSchema = z.object({
  DATABASE_URL: databaseUrlSchema.describe('Postgres as the role invoicing_app'),
  DATABASE_OWNER_URL: databaseUrlSchema
    .optional()
    .describe(
      'Postgres as the role invoicing_owner: the schema is migrated at the start; without it, it has to be there',
    ),
  DATABASE_POOL_MAX: integerVariable(3, 200).prefault('8').describe('Connections at most'),
  BILLING_URL: serviceUrlSchema.prefault('http://127.0.0.1:8792').describe('Billing, for the keys of access tokens'),
  ISSUER_ENTITY: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('The mainland taxpayer that issues fapiao, as `receivingEntity` of top-ups names it'),
  ...databaseSslVariables,
  ...eventLogVariables,
});
export type InvoicingEnvironment = z.output<typeof invoicingEnvironmentSchema>;
