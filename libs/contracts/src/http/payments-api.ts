import { z } from 'zod';

import { instantSchema, nanoUsdAmountSchema, nanoUsdSchema } from '../amounts.js';
import { accountIdSchema, lotIdSchema, paymentOrderIdSchema, suspenseIdSchema } from '../ids.js';
import { pageQuerySchema } from './billing-api.js';

/** Top-ups, money in suspense and free credit: under /api/billing/v1, behind a JWT of an operator. */

export const currencySchema = z.enum(['USD', 'CNY']);

/** Whole cents or fen (分), above zero, as a decimal string on the wire; at most 10^13, which is 100 billion dollars. */
export const moneyUnitsSchema = z.codec(
  z.string().regex(/^[1-9]\d{0,12}$/, 'expected whole cents or fen above zero'),
  z.bigint().min(1n).max(9_999_999_999_999n),
  { decode: (text) => BigInt(text), encode: (units) => units.toString() },
);

const channelIdSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,63}$/, 'expected the id of a payment channel, like sandbox');
/** A number or text of somebody else, kept as it came; without control characters. */
const foreignText = (charactersMax: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(charactersMax)
    .regex(/^\P{Cc}*$/u, 'expected text without control characters');

export const topupCreateSchema = z.object({
  accountId: accountIdSchema,
  channel: channelIdSchema,
  currency: currencySchema,
  /** What is to be paid, in cents or fen. */
  minorUnits: moneyUnitsSchema,
  /** The language of the checkout page. */
  language: z.enum(['en', 'zh']).default('en'),
  /** The same value twice for an account is one order. */
  requestKey: z.string().min(8).max(100),
});

export const orderStateSchema = z.enum(['created', 'pending', 'paid', 'expired', 'failed']);
export type OrderState = z.output<typeof orderStateSchema>;

/** How a payment of an order was booked. */
export const orderPaymentSchema = z.object({
  paymentReference: z.string(),
  currency: currencySchema,
  minorUnits: moneyUnitsSchema,
  paidAt: instantSchema,
  disposition: z.enum(['credited', 'suspense']),
  /** Of one that was credited. */
  lotId: lotIdSchema.nullable(),
  /** Of one that was not, with why. */
  suspenseId: suspenseIdSchema.nullable(),
  reason: z.string().nullable(),
});

export const topupSchema = z.object({
  orderId: paymentOrderIdSchema,
  accountId: accountIdSchema,
  channel: z.string(),
  currency: currencySchema,
  minorUnits: moneyUnitsSchema,
  creditNanoUsd: nanoUsdAmountSchema,
  /** CNY per USD that the credit was counted with; null for USD. */
  fxRate: z.string().nullable(),
  state: orderStateSchema,
  /** Why it failed. */
  reason: z.string().nullable(),
  checkoutUrl: z.string().nullable(),
  actor: z.string(),
  createdAt: instantSchema,
  expiresAt: instantSchema,
});
export const topupDetailSchema = topupSchema.extend({ payments: z.array(orderPaymentSchema) });
export const topupPageSchema = z.object({ topups: z.array(topupSchema), nextCursor: z.string().nullable() });
export const topupQuerySchema = pageQuerySchema.extend({
  accountId: accountIdSchema.optional(),
  state: orderStateSchema.optional(),
  cursor: paymentOrderIdSchema.optional(),
});

/** What a bank statement shows of one transfer that came in. */
export const bankTransferSchema = z.object({
  currency: currencySchema,
  minorUnits: moneyUnitsSchema,
  /** The bank's own number of the transfer: the same one again is the same money. */
  reference: foreignText(200),
  payer: foreignText(200),
  /** What the payer wrote; a remittance code is looked for in it. */
  remark: foreignText(500).nullable().default(null),
  /** The code itself, where the statement has a column of its own for it. */
  remittanceCode: foreignText(40).nullable().default(null),
  /** The day on which it was booked, by the bank. */
  bookedOn: z.iso.date().nullable().default(null),
});

export const suspenseStateSchema = z.enum(['unmatched', 'matched', 'return_asked', 'credited', 'returned']);
export type SuspenseState = z.output<typeof suspenseStateSchema>;
export const suspenseReasonSchema = z.enum([
  'no_checkout',
  'order_unknown',
  'second_payment',
  'currency_differs',
  'amount_differs',
  'above_ceiling',
]);
export type SuspenseReason = z.output<typeof suspenseReasonSchema>;

export const suspenseSchema = z.object({
  suspenseId: suspenseIdSchema,
  channel: z.string(),
  reference: z.string(),
  currency: currencySchema,
  minorUnits: moneyUnitsSchema,
  /** Why it is nobody's. */
  reason: suspenseReasonSchema,
  payer: z.string().nullable(),
  remark: z.string().nullable(),
  orderId: paymentOrderIdSchema.nullable(),
  state: suspenseStateSchema,
  /** Whose it seems to be: by the remittance code, or by the order. A person decides. */
  proposedAccountId: accountIdSchema.nullable(),
  /** Whose it is, as the first person says. */
  accountId: accountIdSchema.nullable(),
  /** Who asked for the match or the return, and who approved it: always two. */
  askedBy: z.string().nullable(),
  approvedBy: z.string().nullable(),
  /** The number under which it was sent back. */
  returnReference: z.string().nullable(),
  lotId: lotIdSchema.nullable(),
  receivedAt: instantSchema,
  recordedBy: z.string(),
});
export const suspensePageSchema = z.object({ entries: z.array(suspenseSchema), nextCursor: z.string().nullable() });
export const suspenseQuerySchema = pageQuerySchema.extend({
  state: z.union([suspenseStateSchema, z.literal('open')]).optional(),
  cursor: suspenseIdSchema.optional(),
});
export const suspenseMatchSchema = z.object({ accountId: accountIdSchema });
export const suspenseReturnSchema = z.object({
  /** The number of the transfer, or of the refund, that sends it back. */
  reference: foreignText(200),
  reason: foreignText(500),
});
export const suspenseRejectionSchema = z.object({ reason: foreignText(500) });
export const suspenseApprovedSchema = suspenseSchema.extend({
  /** The balance after the credit; null where it was sent back. */
  postedNanoUsd: nanoUsdSchema.nullable(),
});

/** Who gets free credit: the operator says that this address or number was verified. Kept as a keyed hash alone. */
export const verifiedIdentitySchema = z.object({
  kind: z.enum(['email', 'phone']),
  value: z.string().trim().min(3).max(320),
});
export type VerifiedIdentity = z.output<typeof verifiedIdentitySchema>;
export const freeCreditGrantSchema = z.object({ identity: verifiedIdentitySchema });

/** An answer to a channel that told us something. */
export const paymentEventReplySchema = z.object({ received: z.literal(true) });
