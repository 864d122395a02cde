import { z } from 'zod';

import {
  instantSchema,
  minorUnitsSchema,
  nanoUsdAmountSchema,
  nanoUsdSchema,
  positiveNanoUsdSchema,
} from '../amounts.js';
import { accountIdSchema, chargebackIdSchema, fxQuoteIdSchema, lotIdSchema, refundIdSchema } from '../ids.js';
import { currencySchema, moneyUnitsSchema } from './payments-api.js';

/** Lots, exchange rates, refunds and chargebacks: under /api/billing/v1, behind a JWT of an operator. */

const reasonSchema = z.string().trim().min(1).max(500);
const requestKeySchema = z.string().min(8).max(100);

/** CNY for one USD, at most eight decimals. */
export const fxRateSchema = z.string().regex(/^(0|[1-9]\d{0,9})(\.\d{1,8})?$/, 'expected a rate like 7.1234');
export const fxSetSchema = z.object({
  currency: z.literal('CNY').default('CNY'),
  /** The market's. */
  rate: fxRateSchema,
  /** Added to it: 50 = 0.5 %. */
  spreadBasisPoints: z.number().int().min(0).max(1_000).default(0),
  /** A minute to a month. */
  validForSeconds: z.number().int().min(60).max(2_678_400),
});
export const fxQuoteSchema = z.object({
  quoteId: fxQuoteIdSchema,
  currency: z.literal('CNY'),
  /** What a customer pays for one USD, the spread included. */
  rate: z.string(),
  marketRate: z.string(),
  spreadBasisPoints: z.number().int(),
  source: z.string(),
  validFrom: instantSchema,
  validUntil: instantSchema,
});
export const fxQuoteListSchema = z.object({ quotes: z.array(fxQuoteSchema) });

export const lotSchema = z.object({
  lotId: lotIdSchema,
  kind: z.enum(['promo', 'paid']),
  currency: currencySchema,
  paidMinorUnits: minorUnitsSchema,
  creditNanoUsd: nanoUsdAmountSchema,
  drawnNanoUsd: nanoUsdAmountSchema,
  /** RMB that was consumed of a lot paid in it. */
  drawnFen: minorUnitsSchema.nullable(),
  refundingNanoUsd: nanoUsdAmountSchema,
  refundedNanoUsd: nanoUsdAmountSchema,
  refundedMinorUnits: minorUnitsSchema,
  chargedBackNanoUsd: nanoUsdAmountSchema,
  writtenOffNanoUsd: nanoUsdAmountSchema,
  /** What usage may still draw. */
  unusedNanoUsd: nanoUsdAmountSchema,
  channel: z.string().nullable(),
  reference: z.string().nullable(),
  receivingEntity: z.string().nullable(),
  payer: z.string().nullable(),
  openedAt: instantSchema,
});
/** Newest first; the newest 500. */
export const lotListSchema = z.object({ lots: z.array(lotSchema) });

export const refundStateSchema = z.enum(['requested', 'held', 'submitted', 'posted', 'voided']);
export type RefundState = z.output<typeof refundStateSchema>;
export const refundCreateSchema = z.object({
  /** At most what of its paid lots is unused, less what open holds hold. */
  amountNanoUsd: positiveNanoUsdSchema,
  /** Default: the oldest unused payments first. */
  lotId: lotIdSchema.optional(),
  reason: reasonSchema,
  /** The same value twice refunds once. */
  requestKey: requestKeySchema,
});
/** One payment that is given back, wholly or in part. */
export const refundSchema = z.object({
  refundId: refundIdSchema,
  accountId: accountIdSchema,
  lotId: lotIdSchema,
  state: refundStateSchema,
  currency: currencySchema,
  /** What goes back to the payer, in cents or fen. */
  refundedMinorUnits: minorUnitsSchema,
  /** What comes off the balance: what those cents or fen are worth. */
  debitNanoUsd: nanoUsdAmountSchema,
  channel: z.string(),
  /** The payment that it gives back. */
  paymentReference: z.string(),
  /** The channel's own number of the refund. */
  channelReference: z.string().nullable(),
  /** The channel cannot be asked by a program: people send the money and record that they did. */
  isManual: z.boolean(),
  reason: z.string(),
  /** Why it was voided. */
  voidReason: z.string().nullable(),
  actor: z.string(),
  requestedAt: instantSchema,
  endedAt: instantSchema.nullable(),
});
export const refundListSchema = z.object({ refunds: z.array(refundSchema) });
/** What became of a refund that people carry out. */
export const refundOutcomeSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('paid'), reference: z.string().trim().min(1).max(200) }),
  z.object({ outcome: z.literal('failed'), reason: reasonSchema }),
]);

export const chargebackCreateSchema = z.object({
  lotId: lotIdSchema,
  /** What the bank took back, in the lot's cents or fen. */
  minorUnits: moneyUnitsSchema,
  reason: reasonSchema,
  requestKey: requestKeySchema,
});
export const chargebackSchema = z.object({
  chargebackId: chargebackIdSchema,
  accountId: accountIdSchema,
  lotId: lotIdSchema,
  currency: currencySchema,
  chargedBackMinorUnits: minorUnitsSchema,
  debitNanoUsd: nanoUsdAmountSchema,
  /** The balance after it; below zero where more had been used than was left. */
  postedNanoUsd: nanoUsdSchema,
  reason: z.string(),
  actor: z.string(),
  openedAt: instantSchema,
});

export const gapWriteOffSchema = z.object({ reason: reasonSchema, requestKey: requestKeySchema });
export const gapWrittenOffSchema = z.object({
  transferId: z.uuid(),
  writtenOffNanoUsd: nanoUsdAmountSchema,
  postedNanoUsd: nanoUsdSchema,
});
