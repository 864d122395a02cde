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
    is_management_key: z.literal(false),
    is_provisioning_key: z.literal(false),
    creator_user_id: z.null(),
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
