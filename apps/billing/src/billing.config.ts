import { durationSchema } from '@apilink/contracts';
import { eventLogVariables } from '@apilink/events';
import { holdStoreVariables } from '@apilink/holds';
import {
  databaseSslVariables,
  databaseUrlSchema,
  integerVariable,
  readEnvironment,
  serviceTokensSchema,
  signingKeySchema,
  type Environment,
} from '@apilink/service';
import { z } from 'zod';

const tokenSchema = z.string().regex(/^[\x21-\x7e]{32,500}$/, 'expected at least 32 printable characters');

const signingKeyVariable = z
  .string()
  .transform((text, context) => {
    const parsed = signingKeySchema.safeParse(jsonOf(text));
    if (parsed.success) return parsed.data;
    context.addIssue({ code: 'custom', message: 'expected a private Ed25519 key as JWK with kid' });
    return z.NEVER;
  })
  .optional();

const holdExpirySchema = durationSchema.refine((ms) => ms >= 100, 'expected at least 100ms');

/** What billing reads from the environment, beside what every service reads. The README's table says the same. */
export const billingEnvironmentSchema = z.object({
  DATABASE_URL: databaseUrlSchema.describe('Postgres as the role `billing_app`'),
  DATABASE_OWNER_URL: databaseUrlSchema
    .optional()
    .describe('Postgres as the role `billing_owner`; given, the schema `billing` is migrated at the start'),
  DATABASE_POOL_MAX: integerVariable(4, 200).prefault('20').describe('Connections at most'),
  ...databaseSslVariables,
  OPERATOR_TOKEN: tokenSchema.describe('Token of at least 32 characters that is exchanged for an operator session'),
  SERVICE_TOKENS: serviceTokensSchema.describe('One or two tokens that services show each other'),
  SIGNING_KEY: signingKeyVariable.describe(
    'Private Ed25519 JWK that signs access tokens; default: one kept in the schema',
  ),
  HOLD_EXPIRY: holdExpirySchema.prefault('90s').describe('Life of a hold without renewal by its edge'),
  ...eventLogVariables,
  ...holdStoreVariables,
});
export type BillingEnvironment = z.output<typeof billingEnvironmentSchema>;

/** Throws ConfigurationError with one sentence that names the variable. */
export function readBillingEnvironment(env: Environment): BillingEnvironment {
  return readEnvironment(billingEnvironmentSchema, env);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
