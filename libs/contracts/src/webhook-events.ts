import { z } from 'zod';

import { instantSchema, nanoUsdAmountSchema, nanoUsdSchema } from './amounts.js';
import { accountIdSchema, keyIdSchema, webhookIdSchema, workspaceIdSchema } from './ids.js';

const reached = {
  accountId: accountIdSchema,
  /** As the limit counts it, in the time zone of the account: 2026-11-22, 2026-W47 or 2026-11. */
  period: z.string(),
  periodKind: z.enum(['day', 'week', 'month']),
  thresholdPercent: z.union([z.literal(80), z.literal(100)]),
  limitNanoUsd: nanoUsdAmountSchema,
  /** Settled by then; open holds are not in it. */
  spentNanoUsd: nanoUsdAmountSchema,
};

function eventSchema<Type extends string, Data extends z.ZodType>(type: Type, data: Data) {
  return z.object({ type: z.literal(type), timestamp: instantSchema, data });
}

/** What webhooks tell, one schema per type (docs/webhooks.md). Members are added, never changed. */
export const webhookEventSchemas = {
  'key.cap_reached': eventSchema(
    'key.cap_reached',
    z.object({ ...reached, keyId: keyIdSchema, name: z.string(), hint: z.string() }),
  ),
  'workspace.budget_reached': eventSchema(
    'workspace.budget_reached',
    z.object({ ...reached, workspaceId: workspaceIdSchema, name: z.string() }),
  ),
  'account.balance_low': eventSchema(
    'account.balance_low',
    z.object({ accountId: accountIdSchema, belowNanoUsd: nanoUsdAmountSchema, balanceNanoUsd: nanoUsdSchema }),
  ),
  'webhook.test': eventSchema('webhook.test', z.object({ accountId: accountIdSchema, webhookId: webhookIdSchema })),
} as const;

export const webhookEventTypeSchema = z.enum(['key.cap_reached', 'workspace.budget_reached', 'account.balance_low']);
/** What a webhook may be narrowed to; a test comes to every one. */
export type WebhookEventType = z.output<typeof webhookEventTypeSchema>;

export const webhookEventSchema = z.discriminatedUnion('type', [
  webhookEventSchemas['key.cap_reached'],
  webhookEventSchemas['workspace.budget_reached'],
  webhookEventSchemas['account.balance_low'],
  webhookEventSchemas['webhook.test'],
]);
export type WebhookEvent = z.output<typeof webhookEventSchema>;
