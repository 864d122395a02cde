import { z } from 'zod';

/** Whole nano-USD as a decimal string; below zero where a chargeback or a lowered cap left less than nothing. */
const nanoText = z.string().regex(/^-?\d+$/);
const amountText = z.string().regex(/^\d+$/);

const capSchema = z.object({
  limit_nano_usd: amountText,
  /** Open holds counted; never below 0. */
  remaining_nano_usd: amountText,
});

/** `GET /v1/key`: OpenRouter's fields (its SDK refuses an answer that lacks one of them) beside our exact ones. */
export const keyReplySchema = z.object({
  data: z.object({
    id: z.string(),
    spent_nano_usd: nanoText,
    spent_daily_nano_usd: nanoText,
    spent_weekly_nano_usd: nanoText,
    spent_monthly_nano_usd: nanoText,
    held_nano_usd: amountText,
    /** The least over the caps of the key; null without one. */
    cap_remaining_nano_usd: amountText.nullable(),
    caps: z.object({ daily: capSchema.nullable(), weekly: capSchema.nullable(), monthly: capSchema.nullable() }),
    /** The month of its workspace, all of its keys together. */
    workspace_budget: capSchema.nullable(),
    limits: z.object({
      requests_per_minute: z.number().int(),
      tokens_per_minute: z.number().int(),
      /** Requests that may run beside those which run now; null when nothing limits them. */
      concurrency_remaining: z.number().int().nullable(),
    }),
    label: z.string(),
    limit: z.number().nullable(),
    limit_remaining: z.number().nullable(),
    limit_reset: z.enum(['daily', 'weekly', 'monthly']).nullable(),
    include_byok_in_limit: z.literal(false),
    usage: z.number(),
    usage_daily: z.number(),
    usage_weekly: z.number(),
    usage_monthly: z.number(),
    byok_usage: z.literal(0),
    byok_usage_daily: z.literal(0),
    byok_usage_weekly: z.literal(0),
    byok_usage_monthly: z.literal(0),
    is_free_tier: z.literal(false),
    /** It manages the keys of its account and may call no model; the second name is OpenRouter's older one. */
    is_management_key: z.boolean(),
    is_provisioning_key: z.boolean(),
    creator_user_id: z.null(),
    /** Account and workspace of the key. */
    organization_id: z.string(),
    workspace_id: z.string(),
    allowed_data_regions: z.array(z.literal('global')),
    free_model_daily_requests: z.object({ limit: z.literal(0), remaining: z.literal(0), used: z.literal(0) }),
    rate_limit: z.object({ requests: z.number().int(), interval: z.literal('60s'), note: z.string() }),
    expires_at: z.iso.datetime().nullable(),
  }),
});
export type KeyReply = z.output<typeof keyReplySchema>;

/** `GET /v1/credits`: available = credited − spent − held. */
export const creditsReplySchema = z.object({
  data: z.object({
    credited_nano_usd: nanoText,
    spent_nano_usd: nanoText,
    held_nano_usd: amountText,
    available_nano_usd: nanoText,
    total_credits: z.number(),
    total_usage: z.number(),
  }),
});
export type CreditsReply = z.output<typeof creditsReplySchema>;

/**
 * `POST /v1/quote`, whose body is that of the call it asks about: a dry run without hold, charge or dispatch. Errors are
 * those of the call, but for want of money, which is told here.
 */
export const quoteReplySchema = z.object({
  object: z.literal('quote'),
  model: z.string(),
  /** With what was learned of the model; a hold takes a quarter more. */
  estimated_input_tokens: z.number().int(),
  choices: z.number().int(),
  max_tokens: z.object({
    asked: z.number().int().nullable(),
    /** The most that one answer of the model has. */
    model: z.number().int(),
    /** The limit that would be sent on in place of the asked one; null where that one would stand. */
    clamped: z.number().int().nullable(),
  }),
  hold: z.object({
    /** Below this the call is refused: the input and 16 tokens of output. */
    least_nano_usd: amountText,
    /** What the call would set aside at first. */
    first_nano_usd: amountText,
    /** What the hold can come to: all of the output that was asked for, or that the model can give. */
    worst_case_nano_usd: amountText,
    worst_case_usd: z.string(),
  }),
  affordable: z.boolean(),
  /** Why the call would be refused now for want of money; null when it would not. */
  refusal: z.object({ code: z.string(), status: z.number().int(), message: z.string() }).nullable(),
  /** Who may answer, in the order in which they would be tried now. */
  candidates: z.array(
    z.object({
      endpoint: z.string(),
      provider: z.string(),
      price_version: z.string(),
      worst_case_nano_usd: amountText,
      /** The last row applies whose conditions hold (docs/money.md); USD of one token, request, image … as exact decimals. */
      prices: z.array(
        z.object({
          min_input_tokens: z.number().int(),
          service_tier: z.string().nullable(),
          utc_window: z.object({ from_minute: z.number().int(), to_minute: z.number().int() }).nullable(),
          starts_at: z.string().nullable(),
          usd_per_unit: z.record(z.string(), z.string()),
        }),
      ),
    }),
  ),
});
export type QuoteReply = z.output<typeof quoteReplySchema>;
