import { z } from 'zod';

import { instantSchema, minorUnitsSchema, nanoUsdAmountSchema, nanoUsdSchema } from '../amounts.js';
import { accountIdSchema, generationIdSchema, keyIdSchema, lotIdSchema, workspaceIdSchema } from '../ids.js';
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
  /** The premium of cache writes that is ours by policy: the list price is charge, write-off and this. Absent: nothing. */
  absorbedNanoUsd: nanoUsdAmountSchema.optional(),
  late: z.boolean(),
  /**
   * What each paid lot that it drew from has given so far, this settlement included: rounding per request would destroy
   * it. `drawnFen` is said of lots that were paid in RMB: the whole payment, once such a lot is empty.
   */
  draws: z
    .array(z.object({ lotId: lotIdSchema, drawnNanoUsd: nanoUsdAmountSchema, drawnFen: minorUnitsSchema.optional() }))
    .optional(),
});
export type UsageSettled = z.output<typeof usageSettledSchema>;

export const creditGrantedSchema = z.object({
  ...posting,
  amountNanoUsd: nanoUsdAmountSchema,
  reason: z.string().min(1).max(500),
  actor: z.string().max(200),
});
export type CreditGranted = z.output<typeof creditGrantedSchema>;

export const topupPaidSchema = z.object({
  ...posting,
  lotId: lotIdSchema,
  channel: z.string().min(1).max(64),
  /** The channel's own number of the payment. */
  reference: z.string().min(1).max(200),
  currency: z.enum(['USD', 'CNY']),
  /** What was paid, in cents or fen. */
  paidMinorUnits: minorUnitsSchema,
  /** What it was credited as. */
  creditNanoUsd: nanoUsdAmountSchema,
  /** The quote that the credit was counted with, as CNY for one USD; null when it was paid in USD. */
  fxQuote: z.object({ quoteId: z.string().max(100), rate: z.string().regex(/^\d{1,10}(\.\d{1,8})?$/) }).nullable(),
  /** Who received the money: only what the mainland entity received is invoiceable. */
  receivingEntity: z.string().min(1).max(100),
  payer: z.string().max(200).nullable(),
});
export type TopupPaid = z.output<typeof topupPaidSchema>;

export const topupRefundedSchema = z.object({
  ...posting,
  lotId: lotIdSchema,
  refundId: z.string().min(1).max(100),
  currency: z.enum(['USD', 'CNY']),
  refundedMinorUnits: minorUnitsSchema,
  /** Taken off the balance. */
  debitNanoUsd: nanoUsdAmountSchema,
});
export type TopupRefunded = z.output<typeof topupRefundedSchema>;

/** A bank took a payment back. The account is suspended; the balance may be below zero now. */
export const chargebackOpenedSchema = z.object({
  ...posting,
  lotId: lotIdSchema,
  chargebackId: z.string().min(1).max(100),
  currency: z.enum(['USD', 'CNY']),
  chargedBackMinorUnits: minorUnitsSchema,
  /** Taken off the balance. */
  debitNanoUsd: nanoUsdAmountSchema,
  reason: z.string().min(1).max(500),
});
export type ChargebackOpened = z.output<typeof chargebackOpenedSchema>;

/** What chargebacks had left below zero was given up. */
export const gapWrittenOffSchema = z.object({
  ...posting,
  writtenOffNanoUsd: nanoUsdAmountSchema,
  reason: z.string().min(1).max(500),
  actor: z.string().max(200),
});
export type GapWrittenOff = z.output<typeof gapWrittenOffSchema>;

export const accountChangedSchema = z.object({
  accountId: accountIdSchema,
  name: z.string().max(200),
  status: z.enum(['active', 'suspended']),
  timeZone: z.string().max(64),
  changedAt: instantSchema,
});
export type AccountChanged = z.output<typeof accountChangedSchema>;
