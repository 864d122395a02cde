import { durationSchema } from '@apilink/contracts';
import {
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

/** What billing reads from the environment, beside what every service reads. The README's table says the same. */
export const billingEnvironmentSchema = z.object({
  DATABASE_URL: databaseUrlSchema.describe('Postgres as the role billing_app'),
  DATABASE_OWNER_URL: databaseUrlSchema
    .optional()
    .describe(
      'Postgres as the role billing_owner: the schema is migrated at the start; without it, it has to be there',
    ),
  DATABASE_POOL_MAX: integerVariable(4, 200).prefault('20').describe('connections at most'),
  OPERATOR_TOKEN: tokenSchema.describe('the token that the command line exchanges for a session'),
  SERVICE_TOKENS: serviceTokensSchema.describe('tokens of other services: one, or two while they are rotated'),
  SIGNING_KEY: signingKeyVariable.describe(
    'private Ed25519 JWK that signs access tokens; default: one kept in the schema',
  ),
  HOLD_EXPIRY: durationSchema.prefault('90s').describe('life of a hold without renewal by its edge'),
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
