import { eventLogVariables } from '@apilink/events';
import { databaseSslVariables, databaseUrlSchema, integerVariable, serviceUrlSchema } from '@apilink/service';
import { z } from 'zod';

const secret = (provider: string) =>
  z.string().max(1000).optional().describe(`A key of ${provider}: its models of the built-in catalog take part`);

/** What the router reads from the environment, beside what every service reads. The README's table says the same. */
export const routerEnvironmentSchema = z.object({
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
  OPENAI_API_KEY: secret('OpenAI'),
  DEEPSEEK_API_KEY: secret('DeepSeek'),
  GEMINI_API_KEY: secret('Google'),
  XAI_API_KEY: secret('xAI'),
  GROQ_API_KEY: secret('Groq'),
  MOONSHOT_API_KEY: secret('Moonshot AI'),
  ...databaseSslVariables,
  ...eventLogVariables,
});
export type RouterEnvironment = z.output<typeof routerEnvironmentSchema>;

/** Milliseconds since the epoch. */
export type Clock = () => number;

/** Where the configuration file is sought when nothing names it; there it may be missing. */
export const DEFAULT_CONFIGURATION_FILE = './apilink.yaml';
