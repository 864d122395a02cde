import { z } from 'zod';

import { instantSchema, nanoUsdAmountSchema, nanoUsdSchema } from '../amounts.js';
import { accountIdSchema, generationIdSchema, keyIdSchema, workspaceIdSchema } from '../ids.js';
import { outcomeSchema } from '../outcomes.js';

const posting = {
  accountId: accountIdSchema,
  /** The transfer's deterministic UUID: the same business fact has the same id for ever. */
  transferId: z.uuid(),
  /** The customer's balance after this posting and its gapless version. */
  postedNanoUsd: nanoUsdSchema,
  version: z.number().int().min(1),
  postedAt: instantSchema,
};

export const usageSettledSchema = z.object({
  ...posting,
  generationId: generationIdSchema,
  workspaceId: workspaceIdSchema,
  keyId: keyIdSchema,
  modelId: z.string().max(200),
  outcome: outcomeSchema,
  chargeNanoUsd: nanoUsdAmountSchema,
  promoNanoUsd: nanoUsdAmountSchema,
  paidNanoUsd: nanoUsdAmountSchema,
  writtenOffNanoUsd: nanoUsdAmountSchema,
  late: z.boolean(),
});
export type UsageSettled = z.output<typeof usageSettledSchema>;

export const creditGrantedSchema = z.object({
  ...posting,
  amountNanoUsd: nanoUsdAmountSchema,
  reason: z.string().min(1).max(500),
  actor: z.string().max(200),
});
export type CreditGranted = z.output<typeof creditGrantedSchema>;

export const accountChangedSchema = z.object({
  accountId: accountIdSchema,
  name: z.string().max(200),
  status: z.enum(['active', 'suspended']),
  timeZone: z.string().max(64),
  changedAt: instantSchema,
});
export type AccountChanged = z.output<typeof accountChangedSchema>;
