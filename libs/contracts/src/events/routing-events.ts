import { z } from 'zod';

import { instantSchema } from '../amounts.js';
import { rateCardSchema } from '../prices.js';

export const dialectSchema = z.enum([
  'chat',
  'responses',
  'messages',
  'embeddings',
  'images',
  'speech',
  'transcriptions',
  'rerank',
  'gemini',
  'converse',
]);
export type Dialect = z.output<typeof dialectSchema>;

export const capabilitySchema = z.enum([
  'tools',
  'images',
  'structured-output',
  'reasoning',
  'prompt-cache',
  'files',
  'audio',
]);
export type Capability = z.output<typeof capabilitySchema>;

/** How long each phase of one attempt may take. */
export const timeoutsSchema = z.object({
  connectMs: z.number().int().min(1),
  firstTokenMs: z.number().int().min(1),
  idleMs: z.number().int().min(1),
  /** The whole answer, when it is not streamed. */
  answerMs: z.number().int().min(1),
});
export type Timeouts = z.output<typeof timeoutsSchema>;

/** Where an edge finds a credential's secret: in its own environment or file system, never in the event. */
export const credentialReferenceSchema = z.object({
  id: z.string().min(1).max(100),
  env: z.string().max(200).nullable(),
  file: z.string().max(1000).nullable(),
});
export type CredentialReference = z.output<typeof credentialReferenceSchema>;

/** One provider's offer of one model. */
export const publishedEndpointSchema = z.object({
  /** `<provider>/<model id>`, unique in the family. */
  endpointId: z.string().min(1).max(300),
  provider: z.string().min(1).max(100),
  providerName: z.string().min(1).max(200),
  baseUrl: z.url(),
  upstreamModel: z.string().min(1).max(200),
  dialects: z.array(dialectSchema).min(1),
  capabilities: z.array(capabilitySchema),
  contextLength: z.number().int().min(1),
  maxOutputTokens: z.number().int().min(1),
  prefill: z.boolean(),
  credentials: z.array(credentialReferenceSchema).max(32),
  allowPrivateAddress: z.boolean(),
  dataPolicy: z.object({ training: z.boolean(), retentionDays: z.number().int().min(0) }),
  timeouts: timeoutsSchema,
  /** Drained and disabled endpoints stay listed, so that running requests keep their facts. */
  enabled: z.boolean(),
  weight: z.number().min(0).max(1000),
  rateCard: rateCardSchema,
});
export type PublishedEndpoint = z.output<typeof publishedEndpointSchema>;

/** A model and its whole family, the value of one key of the compacted topic. No body = the model was removed. */
export const modelPublishedSchema = z.object({
  modelId: z.string().min(1).max(200),
  name: z.string().min(1).max(200),
  description: z.string().max(2000).default(''),
  created: instantSchema,
  contextLength: z.number().int().min(1),
  maxOutputTokens: z.number().int().min(1),
  capabilities: z.array(capabilitySchema),
  /** Known to the catalog, but sold by nobody at a known price: answered 404 `model_unpriced`. */
  unpriced: z.boolean(),
  endpoints: z.array(publishedEndpointSchema).max(64),
});
export type ModelPublished = z.output<typeof modelPublishedSchema>;

export const pricePublishedSchema = z.object({ rateCard: rateCardSchema, publishedAt: instantSchema });
export type PricePublished = z.output<typeof pricePublishedSchema>;
