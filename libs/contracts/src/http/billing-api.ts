import { z } from 'zod';

import { instantSchema, nanoUsdAmountSchema, nanoUsdSchema, positiveNanoUsdSchema } from '../amounts.js';
import { accountIdSchema, generationIdSchema, keyIdSchema, workspaceIdSchema } from '../ids.js';
import { holdStateSchema, outcomeSchema } from '../outcomes.js';

/** Billing's API for people and the command line, under /api/billing/v1, behind a JWT (an operator's, in this release). */
export const operatorSessionRequestSchema = z.object({ operatorToken: z.string().min(1).max(500) });
/** A JWT of 10 minutes, Ed25519; keys at /.well-known/jwks.json. */
export const operatorSessionReplySchema = z.object({ accessToken: z.string(), expiresAt: instantSchema });

/** Pages are keyset pages: pass `nextCursor` back as `cursor`; null = the end. */
export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(200).optional(),
});

export const accountCreateSchema = z.object({
  name: z.string().trim().min(1).max(200),
  timeZone: z.string().max(64).default('UTC'),
  withFreeCredit: z.boolean().default(false),
  /** Whose free credit it is, verified by the operator; without it the account itself counts as the identity. */
  identity: z.object({ kind: z.enum(['email', 'phone']), value: z.string().trim().min(3).max(320) }).optional(),
  /** The same value twice creates one account: without it a lost answer cannot be asked for again. */
  requestKey: z.string().min(8).max(100).optional(),
});
export const accountSchema = z.object({
  accountId: accountIdSchema,
  name: z.string(),
  status: z.enum(['active', 'suspended']),
  timeZone: z.string(),
  defaultWorkspaceId: workspaceIdSchema,
  postedNanoUsd: nanoUsdSchema,
  promoNanoUsd: nanoUsdSchema,
  paidNanoUsd: nanoUsdSchema,
  heldNanoUsd: nanoUsdAmountSchema,
  availableNanoUsd: nanoUsdSchema,
  creditedNanoUsd: nanoUsdSchema,
  spentNanoUsd: nanoUsdAmountSchema,
  /** What a bank transfer to this account names; an older billing tells none. */
  remittanceCode: z.string().optional(),
  createdAt: instantSchema,
});
export const accountUpdateSchema = z.object({
  name: z.string().trim().min(1).max(200).optional(),
  status: z.enum(['active', 'suspended']).optional(),
  timeZone: z.string().max(64).optional(),
});
export const accountPageSchema = z.object({ accounts: z.array(accountSchema), nextCursor: z.string().nullable() });

export const workspaceCreateSchema = z.object({
  name: z.string().trim().min(1).max(200),
  monthlyBudgetNanoUsd: nanoUsdAmountSchema.nullable().default(null),
});
export const workspaceUpdateSchema = z.object({
  name: z.string().trim().min(1).max(200).optional(),
  status: z.enum(['active', 'disabled']).optional(),
  monthlyBudgetNanoUsd: nanoUsdAmountSchema.nullable().optional(),
});
export const workspaceSchema = z.object({
  workspaceId: workspaceIdSchema,
  accountId: accountIdSchema,
  name: z.string(),
  status: z.enum(['active', 'disabled']),
  monthlyBudgetNanoUsd: nanoUsdAmountSchema.nullable(),
  createdAt: instantSchema,
});
export const workspaceListSchema = z.object({ workspaces: z.array(workspaceSchema) });

const keyLimits = {
  dailyCapNanoUsd: positiveNanoUsdSchema.nullable(),
  weeklyCapNanoUsd: positiveNanoUsdSchema.nullable(),
  monthlyCapNanoUsd: positiveNanoUsdSchema.nullable(),
  requestsPerMinute: z.number().int().min(1).max(10_000_000).nullable(),
  tokensPerMinute: z.number().int().min(1).max(100_000_000_000).nullable(),
  concurrency: z.number().int().min(1).max(1_000_000).nullable(),
  /** The only models the key may use; null = all. */
  models: z.array(z.string().min(1).max(200)).min(1).max(1000).nullable(),
  expiresAt: instantSchema.nullable(),
};
const keyLimitsPartial = z.object(keyLimits).partial().shape;

export const apiKeyCreateSchema = z.object({
  name: z.string().trim().min(1).max(200).default('default'),
  workspaceId: workspaceIdSchema.optional(),
  /** It manages the keys of its account over `/api/v1/keys`, and may call no model. */
  management: z.boolean().default(false),
  ...keyLimitsPartial,
});
export const apiKeyUpdateSchema = z.object({
  name: z.string().trim().min(1).max(200).optional(),
  disabled: z.boolean().optional(),
  ...keyLimitsPartial,
});
export const apiKeySchema = z.object({
  keyId: keyIdSchema,
  accountId: accountIdSchema,
  workspaceId: workspaceIdSchema,
  name: z.string(),
  /** The first characters of the key, to tell keys apart. */
  hint: z.string(),
  status: z.enum(['active', 'disabled', 'revoked']),
  management: z.boolean().default(false),
  ...keyLimits,
  /** Of a management key none. */
  models: z.array(z.string().min(1).max(200)).max(1000).nullable(),
  createdAt: instantSchema,
});
/** The secret is shown once. */
export const apiKeyCreatedSchema = apiKeySchema.extend({ apiKey: z.string() });
export const apiKeyListSchema = z.object({ keys: z.array(apiKeySchema) });

export const creditGrantSchema = z.object({
  amountNanoUsd: positiveNanoUsdSchema,
  reason: z.string().trim().min(1).max(500),
  /** The same value twice grants once. */
  requestKey: z.string().min(8).max(100),
});
export const creditGrantedReplySchema = z.object({ transferId: z.uuid(), postedNanoUsd: nanoUsdSchema });

export const usageRowSchema = z.object({
  id: generationIdSchema,
  keyId: keyIdSchema,
  model: z.string(),
  state: holdStateSchema,
  outcome: outcomeSchema.nullable(),
  holdNanoUsd: nanoUsdAmountSchema,
  chargeNanoUsd: nanoUsdAmountSchema,
  openedAt: instantSchema,
});
export const usagePageSchema = z.object({ generations: z.array(usageRowSchema), nextCursor: z.string().nullable() });

/** One difference that the audit found: which invariant, which row, what was expected and what stands there. */
export const auditDifferenceSchema = z.object({
  invariant: z.string(),
  row: z.string(),
  expected: z.string(),
  found: z.string(),
});
/** The audit streams NDJSON: progress lines while it runs, then one report. */
export const auditLineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), invariant: z.string(), checked: z.number().int(), total: z.number().int() }),
  z.object({ type: z.literal('report'), ok: z.boolean(), differences: z.array(auditDifferenceSchema) }),
]);
export type AuditDifference = z.output<typeof auditDifferenceSchema>;

/** Tells the events of an account's ledger again from an instant on: all that was posted or changed since. */
export const republishRequestSchema = z.object({ from: instantSchema });
/** NDJSON as the audit's: progress lines while it runs, then one report. */
export const republishLineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), published: z.number().int(), total: z.number().int() }),
  z.object({ type: z.literal('report'), published: z.number().int() }),
]);

export const deadLetterSchema = z.object({
  /** `<topic>/<partition>/<offset>` of the dead letter. */
  id: z.string(),
  topic: z.string(),
  key: z.string(),
  eventId: z.string(),
  eventType: z.string(),
  error: z.string(),
  origin: z.string(),
  attempts: z.number().int(),
  deadAt: instantSchema,
  /** The original body, as text. */
  body: z.string(),
  replayedAt: instantSchema.nullable(),
});
export const deadLetterListSchema = z.object({
  deadLetters: z.array(deadLetterSchema),
  nextCursor: z.string().nullable(),
});
