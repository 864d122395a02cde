import { z } from 'zod';

import { instantSchema, nanoUsdAmountSchema } from '../amounts.js';
import { accountIdSchema, deliveryIdSchema, webhookIdSchema } from '../ids.js';
import { webhookEventTypeSchema } from '../webhook-events.js';

/** An address that is told of alerts. `https`, unless the installation allows private addresses. */
export const webhookCreateSchema = z.object({
  url: z.url({ protocol: /^https?$/ }).max(2_000),
  /** Null = all. */
  events: z.array(webhookEventTypeSchema).min(1).nullable().default(null),
});

export const webhookSchema = z.object({
  webhookId: webhookIdSchema,
  accountId: accountIdSchema,
  url: z.string(),
  events: z.array(webhookEventTypeSchema).nullable(),
  status: z.enum(['active', 'disabled']),
  /** Why we stopped, and since when it had failed. */
  disabledReason: z.string().nullable(),
  failingSince: instantSchema.nullable(),
  createdAt: instantSchema,
});
export type WebhookView = z.output<typeof webhookSchema>;
/** The secret is shown once. */
export const webhookCreatedSchema = webhookSchema.extend({ secret: z.string() });
export const webhookListSchema = z.object({ webhooks: z.array(webhookSchema) });

export const deliveryAttemptSchema = z.object({
  at: instantSchema,
  /** Null when there was no answer. */
  status: z.number().int().nullable(),
  error: z.string().nullable(),
  durationMs: z.number().int(),
});

export const deliverySchema = z.object({
  deliveryId: deliveryIdSchema,
  webhookId: webhookIdSchema,
  /** The `webhook-id` that the receiver sees: the same in every attempt. */
  eventId: z.string(),
  eventType: z.string(),
  state: z.enum(['pending', 'delivered', 'failed']),
  /** Null when none will follow. */
  nextAttemptAt: instantSchema.nullable(),
  createdAt: instantSchema,
  attempts: z.array(deliveryAttemptSchema),
  body: z.string(),
});
export type DeliveryView = z.output<typeof deliverySchema>;
export const deliveryListSchema = z.object({
  deliveries: z.array(deliverySchema),
  nextCursor: deliveryIdSchema.nullable(),
});

export const spendAlertSchema = z.object({
  kind: z.enum(['key_cap', 'workspace_budget', 'balance_low']),
  /** Wire id of the key, the workspace or the account. */
  scopeId: z.string(),
  period: z.string(),
  thresholdPercent: z.number().int(),
  limitNanoUsd: nanoUsdAmountSchema,
  amountNanoUsd: nanoUsdAmountSchema,
  foundAt: instantSchema,
});
export const spendAlertListSchema = z.object({
  /** Alerts of a balance below this; 0 = never. */
  lowBalanceNanoUsd: nanoUsdAmountSchema,
  alerts: z.array(spendAlertSchema),
});
export const spendAlertSettingsSchema = z.object({ lowBalanceNanoUsd: nanoUsdAmountSchema });
