import { z } from 'zod';

import { instantSchema, nanoUsdAmountSchema } from '../amounts.js';
import { accountIdSchema, lotIdSchema } from '../ids.js';

/** Invoicing's API for people and the command line, under /api/invoicing/v1, behind a JWT of billing. */

/** RMB in 分 (10^-2 CNY): a decimal string on the wire, a bigint in memory, never a JSON number. */
export const fenSchema = z.codec(z.string().regex(/^(0|-?[1-9]\d{0,18})$/), z.bigint(), {
  decode: (text) => BigInt(text),
  encode: (fen) => fen.toString(),
});

/** The lines of a lot that an account sees at most; the sums are of all lots. */
export const INVOICEABLE_LOTS_MAX = 200;

/** One paid top-up with what may be invoiced of it. */
export const invoiceableLotSchema = z.object({
  lotId: lotIdSchema,
  paidAt: instantSchema,
  channel: z.string(),
  reference: z.string(),
  receivingEntity: z.string(),
  currency: z.enum(['USD', 'CNY']),
  /** In fen or cents, as `currency` says. */
  paidMinorUnits: fenSchema,
  refundedMinorUnits: fenSchema,
  creditNanoUsd: nanoUsdAmountSchema,
  /** Whether the entity that received it issues fapiao, in RMB. */
  isInvoiceable: z.boolean(),
  /** Of the credit; null where nothing is counted, because the lot is not invoiceable. */
  drawnNanoUsd: nanoUsdAmountSchema.nullable(),
  /** round(paid × drawn / credit) of the cumulative draw, at most what was not refunded. */
  consumedFen: fenSchema,
});

/**
 * 可开票金额: what an account may have invoiced now, in RMB, and the formula it is the result of:
 * `consumed + refund + correction + hold + release + invoiced + red`, each with its sign.
 */
export const invoiceableSchema = z.object({
  accountId: accountIdSchema,
  currency: z.literal('CNY'),
  /** Sales are invoiced as they are consumed. */
  basis: z.literal('CONSUMPTION'),
  /** The mainland taxpayer that issues; null = none is configured, so that nothing is invoiceable. */
  issuer: z.string().nullable(),
  invoiceableFen: fenSchema,
  terms: z.object({
    consumedFen: fenSchema,
    /** Money given back after it was consumed; 0 or less. */
    refundFen: fenSchema,
    correctionFen: fenSchema,
    /** Reserved by applications under way; 0 or less. */
    holdFen: fenSchema,
    releaseFen: fenSchema,
    /** 0 or less. */
    invoicedFen: fenSchema,
    /** Given back by red-letter fapiao. */
    redFen: fenSchema,
  }),
  /** RMB paid to the issuer and given back, of all lots; for comparison, no terms of the formula. */
  receipts: z.object({ paidFen: fenSchema, refundedFen: fenSchema }),
  /** Newest first, at most INVOICEABLE_LOTS_MAX. */
  lots: z.array(invoiceableLotSchema),
  hasMoreLots: z.boolean(),
  data: z.object({
    /** Posting times of the first and the last fact that is counted; null = none. */
    from: instantSchema.nullable(),
    to: instantSchema.nullable(),
    /** Ledger events of this account's partition that are not counted yet; null = the event log does not answer. */
    eventsBehind: z.number().int().min(0).nullable(),
  }),
});
export type Invoiceable = z.output<typeof invoiceableSchema>;
export type InvoiceableLot = z.output<typeof invoiceableLotSchema>;
