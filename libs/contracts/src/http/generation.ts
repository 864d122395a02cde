import { z } from 'zod';

import { holdStateSchema, outcomeSchema, usageSourceSchema, attemptClassSchema } from '../outcomes.js';
import { usageVectorSchema } from '../usage-vector.js';

const nanoText = z.string().regex(/^\d+$/);

/** `data` of `GET /v1/generation?id=` and of `apilink receipt`: ours, beside OpenRouter's fields. All values in wire form. */
export const receiptSchema = z.object({
  id: z.string(),
  state: holdStateSchema,
  /** Null while open. */
  outcome: outcomeSchema.nullable(),
  reason: z.string().nullable(),
  hold_nano_usd: nanoText,
  charge_nano_usd: nanoText,
  released_nano_usd: nanoText,
  written_off_nano_usd: nanoText,
  usage: usageVectorSchema.nullable(),
  usage_source: usageSourceSchema.nullable(),
  price_version: z.string().nullable(),
  attempts: z.array(
    z.object({
      provider: z.string(),
      class: attemptClassSchema,
      started_at: z.string(),
      first_token_ms: z.number().nullable(),
    }),
  ),
  account_id: z.string(),
  workspace_id: z.string(),
  key_id: z.string(),
  model: z.string(),
  provider_name: z.string().nullable(),
  streamed: z.boolean().nullable(),
  finish_reason: z.string().nullable(),
  created_at: z.string(),
  ended_at: z.string().nullable(),
  total_cost: z.number(),
  usage_cost_usd: z.string(),
  tokens_prompt: z.number().int(),
  tokens_completion: z.number().int(),
  native_tokens_prompt: z.number().int(),
  native_tokens_completion: z.number().int(),
  native_tokens_reasoning: z.number().int(),
  native_tokens_cached: z.number().int(),
  latency: z.number().nullable(),
  generation_time: z.number().nullable(),
  app_id: z.null(),
  origin: z.string().nullable(),
  is_byok: z.literal(false),
});
export type Receipt = z.output<typeof receiptSchema>;
