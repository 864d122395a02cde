import { z } from 'zod';

import {
  isCharged,
  priceRowsProblem,
  priceRowsSchema,
  pricesOfDialect,
  rateTableSchema,
  type ConfiguredPriceRow,
} from './configured-prices.js';
import { capabilitySchema, dialectSchema, type Dialect } from './events/routing-events.js';

const DURATION = /^(0|[1-9]\d{0,8})(ms|s|m|h)$/;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A duration: `250ms`, `90s`, `10m` or `24h` in a file or the environment, milliseconds in memory. */
export const durationSchema = z.codec(
  z.string().regex(DURATION, 'expected a duration like 250ms, 90s, 10m or 24h'),
  z.number().int().min(0),
  {
    decode: (text) => {
      const [, count, unit] = DURATION.exec(text) ?? [];
      return Number(count) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
    },
    encode: (ms) => `${ms}ms`,
  },
);

const positiveDuration = durationSchema.refine((ms) => ms >= 1, 'expected a duration above zero');

const slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'expected a slug of lower-case letters, digits, . _ and -');
const modelIdSchema = z
  .string()
  .max(200)
  .regex(/^[a-z0-9][a-z0-9._-]*\/[a-z0-9][a-z0-9._:-]*$/i, 'expected author/model, like acme/echo-1');

const credentialSchema = z
  .strictObject({
    id: z.string().min(1).max(100),
    env: z
      .string()
      .regex(/^[A-Za-z_]\w{0,199}$/, 'expected the name of an environment variable')
      .optional()
      .describe('The environment variable of the edge that holds the secret'),
    file: z.string().min(1).max(1000).optional().describe('The file on the edge that holds the secret'),
  })
  .refine((credential) => (credential.env === undefined) !== (credential.file === undefined), {
    error: 'expected either env or file; a secret never stands in the file itself',
  });

const configuredTimeoutsSchema = z.strictObject({
  connect: positiveDuration.default(3_000),
  firstToken: positiveDuration.default(12_000),
  idle: positiveDuration.default(30_000),
  answer: positiveDuration.default(600_000).describe('The whole answer, when it is not streamed'),
});

const providerSchema = z.strictObject({
  id: slug,
  name: z.string().min(1).max(200).optional().describe('Default: the id'),
  baseUrl: z
    .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
    .refine((url) => !/[?#]|\/\/[^/]*@/.test(url), 'expected a URL without user, query and fragment'),
  dialects: z.array(dialectSchema).min(1).default(['chat']).describe('What this base URL speaks natively'),
  credentials: z.array(credentialSchema).max(32).default([]).describe('The next one is taken when one is refused'),
  allowPrivateAddress: z.boolean().default(false).describe('Loopback and private addresses are refused otherwise'),
  dataPolicy: z
    .strictObject({
      training: z.boolean().default(false),
      retentionDays: z.number().int().min(0).max(36_500).default(0),
    })
    .default({ training: false, retentionDays: 0 }),
  timeouts: configuredTimeoutsSchema.prefault({}),
});
export type ConfiguredProvider = z.output<typeof providerSchema>;

const endpointSchema = z.strictObject({
  provider: slug,
  upstreamModel: z.string().min(1).max(200).optional().describe('Default: the id of the model without its author'),
  dialects: z.array(dialectSchema).min(1).optional().describe("Default: all of the provider's"),
  prefill: z.boolean().default(false).describe('The endpoint continues an assistant prefix'),
  enabled: z.boolean().default(true),
  weight: z.number().min(0).max(1000).default(1),
  price: rateTableSchema.optional().describe('What the customer pays, in USD'),
  cost: rateTableSchema.optional().describe('What the provider charges us; default: the price'),
  prices: priceRowsSchema
    .optional()
    .describe('In place of price and cost: rows with conditions, of which the last one that holds applies'),
});
export type ConfiguredEndpoint = z.output<typeof endpointSchema>;

const modelSchema = z.strictObject({
  id: modelIdSchema,
  name: z.string().min(1).max(200).optional().describe('Default: the id'),
  description: z.string().max(2000).default(''),
  contextLength: z.number().int().min(1).max(100_000_000),
  maxOutputTokens: z.number().int().min(1).max(100_000_000),
  capabilities: z.array(capabilitySchema).default([]),
  endpoints: z.array(endpointSchema).min(1).max(64).describe('The family, in no order'),
});
export type ConfiguredModel = z.output<typeof modelSchema>;

type Issue = { path: (string | number)[]; message: string };

/** Where an id stands for the second time. */
function repeated(list: 'providers' | 'models', items: readonly { id: string }[]): Issue[] {
  const seen = new Set<string>();
  return items.flatMap(({ id }, index) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [{ path: [list, index, 'id'], message: `${id} stands here for the second time` }];
  });
}

/**
 * Providers of the built-in catalog and what their base URL speaks: a model of the file may name them without a provider
 * entry. The catalog's own table is tested equal.
 */
export const builtInProviderDialects: Readonly<Record<string, readonly Dialect[]>> = {
  demo: [
    ...(['chat', 'responses', 'messages', 'gemini'] as const),
    ...(['embeddings', 'images', 'speech', 'transcriptions', 'rerank'] as const),
  ],
  'ant-ling': ['chat'],
  anthropic: ['messages'],
  arcee: ['chat'],
  avian: ['chat'],
  azure: ['chat', 'responses', 'embeddings'],
  baseten: ['chat'],
  bedrock: ['converse', 'messages', 'chat'],
  cerebras: ['chat'],
  cohere: ['chat', 'embeddings'],
  dashscope: ['chat', 'embeddings'],
  deepseek: ['chat'],
  doubleword: ['chat', 'embeddings'],
  fireworks: ['chat', 'messages'],
  google: ['chat', 'embeddings', 'gemini'],
  groq: ['chat', 'transcriptions'],
  huggingface: ['chat'],
  meta: ['responses'],
  minimax: ['chat'],
  mistral: ['chat', 'embeddings'],
  moonshotai: ['chat'],
  novita: ['chat'],
  nvidia: ['chat'],
  openai: ['chat', 'responses', 'embeddings', 'images', 'speech', 'transcriptions'],
  openrouter: ['chat', 'messages', 'embeddings'],
  ovhcloud: ['chat', 'embeddings'],
  perplexity: ['chat'],
  siliconflow: ['chat', 'embeddings', 'rerank'],
  together: ['chat'],
  vertex: ['gemini', 'messages', 'chat'],
  voyageai: ['embeddings'],
  xai: ['chat', 'responses'],
  xiaomi: ['chat'],
  zai: ['chat'],
};

/** The prices of an endpoint as rows, however the file says them; none when it says none. */
export function priceRowsOf(endpoint: ConfiguredEndpoint): readonly ConfiguredPriceRow[] {
  const { price, cost, prices } = endpoint;
  if (prices !== undefined) return prices;
  return price === undefined ? [] : [{ price, ...(cost === undefined ? {} : { cost }) }];
}

type PriceProblem = { readonly at: 'price' | 'prices'; readonly message: string };

/** What is wrong with the price of an endpoint; null when at least one of its dialects can be charged. */
function priceProblem(
  modelId: string,
  endpoint: ConfiguredEndpoint,
  dialects: readonly Dialect[],
): PriceProblem | null {
  const { price, cost, prices, provider } = endpoint;
  const at = prices === undefined ? 'price' : 'prices';
  if (prices !== undefined && (price !== undefined || cost !== undefined))
    return { at, message: 'stands in place of price and cost: put these into a row without conditions' };
  const rows = priceRowsOf(endpoint);
  if (rows.every((row) => Object.values(row.price).every((rate) => rate === undefined)))
    return { at, message: `the model ${modelId} has no price at the provider ${provider}` };
  const problem = priceRowsProblem(rows);
  if (problem !== null) return { at, message: problem };
  if (dialects.some((dialect) => isCharged(dialect, rows))) return null;
  const [dialect = 'chat'] = dialects;
  const needed = pricesOfDialect[dialect].map((dimensions) => dimensions.join(' and ')).join(', or ');
  const everyRow = rows.length > 1 ? ' in every row' : '';
  const message = `the model ${modelId} has no sufficient price at the provider ${provider}: ${dialect} needs ${needed}${everyRow}`;
  return { at, message };
}

function endpointIssues(providers: readonly ConfiguredProvider[], models: readonly ConfiguredModel[]): Issue[] {
  const dialectsOf = new Map(Object.entries(builtInProviderDialects));
  for (const { id, dialects } of providers) dialectsOf.set(id, dialects);
  return models.flatMap((model, at) =>
    model.endpoints.flatMap((endpoint, index) => {
      const path = ['models', at, 'endpoints', index];
      const dialects = dialectsOf.get(endpoint.provider);
      if (!dialects) return [{ path: [...path, 'provider'], message: `no provider has the id ${endpoint.provider}` }];
      const problem = priceProblem(model.id, endpoint, endpoint.dialects ?? dialects);
      return problem === null ? [] : [{ path: [...path, problem.at], message: problem.message }];
    }),
  );
}

function doubledProviders(models: readonly ConfiguredModel[]): Issue[] {
  return models.flatMap((model, at) => {
    const seen = new Set<string>();
    return model.endpoints.flatMap((endpoint, index) => {
      if (!seen.has(endpoint.provider)) {
        seen.add(endpoint.provider);
        return [];
      }
      return [
        {
          path: ['models', at, 'endpoints', index, 'provider'],
          message: `${model.id} has a second endpoint at the provider ${endpoint.provider}`,
        },
      ];
    });
  });
}

/**
 * `apilink.yaml` (docs: operator's reference in README.md). It adds providers and models to the built-in catalog or
 * replaces them by id. A file that passes is one that the router takes: `apilink config check` needs nothing else.
 */
export const configurationFileSchema = z
  .strictObject({
    providers: z.array(providerSchema).max(1000).default([]),
    models: z.array(modelSchema).max(10_000).default([]),
  })
  .superRefine((file, context) => {
    const issues = [
      ...repeated('providers', file.providers),
      ...repeated('models', file.models),
      ...endpointIssues(file.providers, file.models),
      ...doubledProviders(file.models),
    ];
    for (const { path, message } of issues) context.addIssue({ code: 'custom', path, message });
  });
export type ConfigurationFile = z.output<typeof configurationFileSchema>;
