import { z } from 'zod';

import { holdStateSchema, outcomeSchema, usageSourceSchema, attemptClassSchema } from '../outcomes.js';
import { rateDimensions } from '../prices.js';
import { usageVectorSchema } from '../usage-vector.js';

const nanoText = z.string().regex(/^\d+$/);

/**
 * What one dimension of the usage comes to. Tokens and characters have a price per million, all else per unit; `seconds`
 * count in milliseconds, and their price is per second. All lines together, rounded up once to the nano, are
 * `metered_nano_usd`.
 */
export const receiptLineSchema = z.object({
  dimension: z.enum(rateDimensions),
  units: z.number().int().min(0),
  rate_usd_per_million: z.string().optional(),
  rate_usd_per_unit: z.string().optional(),
  /** 10^-15 USD, a decimal string. */
  amount_femto_usd: nanoText,
});
export type ReceiptLine = z.output<typeof receiptLineSchema>;

/** What decided the charge: the metered usage, the whole final hold (a disconnect), or the outcome that costs nothing. */
export const chargeBasisSchema = z.enum(['metered', 'final_hold', 'nothing']);

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
  /** Null while open. */
  charge_basis: chargeBasisSchema.nullable(),
  /** The lines together; null where nothing was metered. Above the charge it is ours: `written_off_nano_usd`. */
  metered_nano_usd: nanoText.nullable(),
  lines: z.array(receiptLineSchema),
  /** Premiums of the provider for writing its cache that are not passed on; the list price is the charge and this. */
  cache_premium_absorbed_nano_usd: nanoText,
  cache_premium_lines: z.array(receiptLineSchema),
  usage: usageVectorSchema.nullable(),
  usage_source: usageSourceSchema.nullable(),
  price_version: z.string().nullable(),
  /** Of the answer: it decides the row of the price. */
  service_tier: z.string().nullable(),
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

/** `typ` of a signed receipt: nothing else that we sign has it. */
export const SIGNED_RECEIPT_TYPE = 'apilink-receipt+jws';
/** Where the public keys of receipts stand, those that sign no more included; nothing there is secret. */
export const RECEIPT_KEYS_PATH = '/.well-known/apilink-receipts';

/**
 * A receipt as it is handed out: the whole answer of `GET /v1/generation`. `signature` is a compact JWS (RFC 7515,
 * EdDSA) whose payload is the canonical form (RFC 8785) of `data`; null while the generation is open.
 */
export const signedReceiptSchema = z.object({ data: receiptSchema, signature: z.string().nullable() });
export type SignedReceipt = z.output<typeof signedReceiptSchema>;

/** Public Ed25519 keys, as a JWK set. */
export const receiptKeySetSchema = z.object({
  keys: z.array(
    z.object({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      x: z.string().max(100),
      kid: z.string().max(100),
      alg: z.literal('EdDSA'),
      use: z.literal('sig'),
    }),
  ),
});
export type ReceiptKeySet = z.output<typeof receiptKeySetSchema>;
