import { durationSchema } from '@apilink/contracts';
import { eventLogVariables } from '@apilink/events';
import { holdStoreVariables } from '@apilink/holds';
import { parseUsd } from '@apilink/money';
import {
  databaseSslVariables,
  databaseUrlSchema,
  integerVariable,
  readEnvironment,
  secretsKeyVariable,
  serviceTokensSchema,
  serviceUrlSchema,
  signingKeySchema,
  type Environment,
} from '@apilink/service';
import { z } from 'zod';

import { SHARED_OPERATOR } from './identity/actor.domain.js';

const operatorNamePattern = /^[a-z][a-z0-9._-]{0,39}$/;
const tokenSchema = z.string().regex(/^[\x21-\x7e]{32,500}$/, 'expected at least 32 printable characters');

/** `zhang=…,li=…`: names that stand in the audit log, each with a token of its own. */
const operatorTokensVariable = z
  .string()
  .transform((text, context) => {
    const operators = text.split(',').map((pair) => {
      const [, name = '', token = ''] = /^\s*([^=]*)=(.*?)\s*$/.exec(pair) ?? [];
      return { name, token };
    });
    const isEachRight = operators.every(
      ({ name, token }) =>
        operatorNamePattern.test(name) && name !== SHARED_OPERATOR && tokenSchema.safeParse(token).success,
    );
    const areAllDifferent =
      new Set(operators.map(({ name }) => name)).size === operators.length &&
      new Set(operators.map(({ token }) => token)).size === operators.length;
    if (isEachRight && areAllDifferent) return operators;
    context.addIssue({
      code: 'custom',
      message:
        'expected name=token pairs with commas, names and tokens all different, tokens of at least 32 characters',
    });
    return z.NEVER;
  })
  .optional();

const usdVariable = z.string().transform((text, context) => {
  const amount = parseUsd(text);
  if (amount !== null) return amount;
  context.addIssue({ code: 'custom', message: 'expected US dollars, like 50 or 0' });
  return z.NEVER;
});

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
  OPERATOR_TOKENS: operatorTokensVariable.describe(
    'Tokens of operators with names, `zhang=…,li=…`: whoever approves money is somebody else than who asked for it',
  ),
  SERVICE_TOKENS: serviceTokensSchema.describe('One or two tokens that services show each other'),
  SIGNING_KEY: signingKeyVariable.describe(
    'Private Ed25519 JWK that signs access tokens; default: one kept in the schema',
  ),
  SECRETS_KEY: secretsKeyVariable.describe(
    'Seals secrets in the tables: 32 bytes in base64url, or two such keys while they are rotated; default: none is',
  ),
  WEBHOOK_PRIVATE_ADDRESSES: z
    .enum(['refuse', 'allow'])
    .prefault('refuse')
    .describe('`allow` lets webhooks go to private addresses and by http, for tests and private networks'),
  HOLD_EXPIRY: holdExpirySchema.prefault('90s').describe('Life of a hold without renewal by its edge'),
  PAYMENT_SANDBOX: z
    .enum(['allow', 'refuse'], 'expected allow or refuse')
    .default('refuse')
    .describe('`allow` enables the sandbox channel, whose checkout takes play money'),
  CHECKOUT_URL: serviceUrlSchema
    .prefault('http://127.0.0.1:8792')
    .describe('Where customers reach the checkout pages of billing'),
  BANK_TRANSFER_ENTITY: z
    .string()
    .min(1)
    .max(100)
    .default('bank-transfer')
    .describe('Who receives bank transfers, as `receivingEntity` of top-ups names it (ISSUER_ENTITY of invoicing)'),
  FREE_CREDIT_DAILY_USD: usdVariable.prefault('50').describe('Free credit given away on one day (UTC), US dollars'),
  IDENTITY_KEY: tokenSchema
    .optional()
    .describe('Key that hashes identities of free credit, for ever the same; default: one kept in the schema'),
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
