import { z } from 'zod';

import { workspaceIdSchema } from '../ids.js';

/** `/api/v1/keys` and `/api/v1/activity`, as OpenRouter's SDK has them: for a management key. */
const resetSchema = z.enum(['daily', 'weekly', 'monthly']);
type Limited = Readonly<{ limit?: number | null | undefined; limit_reset?: string | null | undefined }>;
/** A limit that never starts anew would be another promise than the one we can keep: said, not bent. */
const endless = {
  path: ['limit_reset'],
  message: 'expected daily, weekly or monthly: a limit for the whole life of a key is not offered',
};
const startsAnew = ({ limit, limit_reset: reset }: Limited): boolean => reset !== null || limit === null;
/** USD as a JSON number, exact to the nano-dollar; of ours a limit always starts anew with its period. */
const limitSchema = z.number().min(0).max(9_000_000).nullable();

export const keyCreateRequestSchema = z
  .object({
    name: z.string().trim().min(1).max(200),
    limit: limitSchema.optional(),
    /** Default: monthly. */
    limit_reset: resetSchema.nullable().optional(),
    expires_at: z.iso.datetime({ offset: true }).nullable().optional(),
    /** Default: the account's default workspace. */
    workspace_id: workspaceIdSchema.optional(),
    /** Nobody brings keys of his own here: it changes nothing. */
    include_byok_in_limit: z.boolean().optional(),
    creator_user_id: z.null().optional(),
  })
  .refine(({ limit, limit_reset: reset }) => startsAnew({ limit: limit ?? null, limit_reset: reset }), endless);
export type KeyCreateRequest = z.output<typeof keyCreateRequestSchema>;

export const keyUpdateRequestSchema = z
  .object({
    name: z.string().trim().min(1).max(200).optional(),
    disabled: z.boolean().optional(),
    limit: limitSchema.optional(),
    limit_reset: resetSchema.nullable().optional(),
    include_byok_in_limit: z.boolean().optional(),
  })
  .refine(startsAnew, endless);
export type KeyUpdateRequest = z.output<typeof keyUpdateRequestSchema>;

export const keyListQuerySchema = z.object({
  include_disabled: z.enum(['true', 'false']).default('false'),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
  workspace_id: workspaceIdSchema.optional(),
});

/** OpenRouter's other filters are refused: reports are kept by model. */
export const activityQuerySchema = z.strictObject({
  /** One day of the account; default: the last 30, today included. */
  date: z.iso.date().optional(),
});

const nanoText = z.string().regex(/^\d+$/);

/** A key as it is told: OpenRouter's fields beside our exact ones. `hash` is the key's id (`key_…`). */
export const keyDataSchema = z.object({
  hash: z.string(),
  name: z.string(),
  /** The first characters of the key. */
  label: z.string(),
  disabled: z.boolean(),
  limit: z.number().nullable(),
  limit_remaining: z.number().nullable(),
  limit_reset: resetSchema.nullable(),
  include_byok_in_limit: z.literal(false),
  usage: z.number(),
  usage_daily: z.number(),
  usage_weekly: z.number(),
  usage_monthly: z.number(),
  spent_nano_usd: nanoText,
  spent_daily_nano_usd: nanoText,
  spent_weekly_nano_usd: nanoText,
  spent_monthly_nano_usd: nanoText,
  byok_usage: z.literal(0),
  byok_usage_daily: z.literal(0),
  byok_usage_weekly: z.literal(0),
  byok_usage_monthly: z.literal(0),
  created_at: z.iso.datetime(),
  updated_at: z.null(),
  expires_at: z.iso.datetime().nullable(),
  creator_user_id: z.null(),
  external_user: z.null(),
  workspace_id: z.string(),
});
export type KeyData = z.output<typeof keyDataSchema>;

export const keyListReplySchema = z.object({ data: z.array(keyDataSchema) });
export const keyFoundReplySchema = z.object({ data: keyDataSchema });
/** The secret is shown once. */
export const keyCreatedReplySchema = z.object({ data: keyDataSchema, key: z.string() });
export const keyDeletedReplySchema = z.object({ deleted: z.literal(true) });

/** What an account used on one day of its time zone of one model, settled requests alone. */
export const activityRowSchema = z.object({
  date: z.iso.date(),
  model: z.string(),
  model_permaslug: z.string(),
  endpoint_id: z.string(),
  provider_name: z.string(),
  requests: z.number().int(),
  prompt_tokens: z.number().int(),
  completion_tokens: z.number().int(),
  reasoning_tokens: z.number().int(),
  /** USD; exactly in `charge_nano_usd`. */
  usage: z.number(),
  charge_nano_usd: nanoText,
  byok_usage_inference: z.literal(0),
});
export const activityReplySchema = z.object({ data: z.array(activityRowSchema) });
export type ActivityReply = z.output<typeof activityReplySchema>;
