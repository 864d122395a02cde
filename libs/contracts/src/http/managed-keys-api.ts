import { z } from 'zod';

import { nanoUsdAmountSchema, instantSchema } from '../amounts.js';
import { accountIdSchema, keyIdSchema, workspaceIdSchema } from '../ids.js';
import { apiKeySchema } from './billing-api.js';
import { usageSumsSchema } from './usage-api.js';

/**
 * What an edge asks of billing for a management key, service to service: keys of its account, and what the account used.
 * `by` is the management key, which the edge has authenticated and billing looks up again; it is the actor of every change.
 */
export const managedKeysPath = '/internal/v1/managed-keys';
export const accountActivityPath = '/internal/v1/account-activity';

const limit = nanoUsdAmountSchema.nullable().optional();
const change = {
  dailyCapNanoUsd: limit,
  weeklyCapNanoUsd: limit,
  monthlyCapNanoUsd: limit,
};
const by = z.object({ accountId: accountIdSchema, keyId: keyIdSchema });

export const managedKeyRequestSchema = z.object({
  by,
  ask: z.discriminatedUnion('do', [
    z.object({
      do: z.literal('list'),
      includeDisabled: z.boolean(),
      workspaceId: workspaceIdSchema.optional(),
      offset: z.number().int().min(0),
    }),
    z.object({ do: z.literal('find'), keyId: keyIdSchema }),
    z.object({
      do: z.literal('create'),
      name: z.string().trim().min(1).max(200),
      workspaceId: workspaceIdSchema.optional(),
      expiresAt: instantSchema.nullable().optional(),
      ...change,
    }),
    z.object({
      do: z.literal('update'),
      keyId: keyIdSchema,
      name: z.string().trim().min(1).max(200).optional(),
      disabled: z.boolean().optional(),
      ...change,
    }),
    z.object({ do: z.literal('revoke'), keyId: keyIdSchema }),
  ]),
});
export type ManagedKeyRequest = z.output<typeof managedKeyRequestSchema>;

/** A key with what it has spent, settled requests alone; periods are the account's. */
export const managedKeySchema = apiKeySchema.extend({
  spent: z.object({
    totalNanoUsd: nanoUsdAmountSchema,
    dayNanoUsd: nanoUsdAmountSchema,
    weekNanoUsd: nanoUsdAmountSchema,
    monthNanoUsd: nanoUsdAmountSchema,
  }),
});
export type ManagedKey = z.output<typeof managedKeySchema>;

/** At most 100 keys; `apiKey` is the secret of a key that was just created. */
export const managedKeyReplySchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('done'), keys: z.array(managedKeySchema).max(100), apiKey: z.string().nullable() }),
  /** The key asked for is not there, or none that a management key may touch. */
  z.object({ outcome: z.literal('not_found') }),
  /** `by` is no management key (any more). */
  z.object({ outcome: z.literal('not_allowed') }),
]);
export type ManagedKeyReply = z.output<typeof managedKeyReplySchema>;

export const accountActivityRequestSchema = z.object({
  by,
  /** One day of the account; null = the last 30, today included. */
  day: z.iso.date().nullable(),
});
export type AccountActivityRequest = z.output<typeof accountActivityRequestSchema>;

export const accountActivityReplySchema = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('done'),
    rows: z.array(usageSumsSchema.extend({ day: z.iso.date(), model: z.string() })).max(10_000),
  }),
  z.object({ outcome: z.literal('not_allowed') }),
]);
export type AccountActivityReply = z.output<typeof accountActivityReplySchema>;
