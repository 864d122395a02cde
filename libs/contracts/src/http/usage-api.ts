import { z } from 'zod';

import { instantSchema, nanoUsdAmountSchema } from '../amounts.js';
import { accountIdSchema } from '../ids.js';

/** What a report of usage can be broken down by. `hour` is an hour of UTC; day and month are the account's own. */
export const usageDimensionSchema = z.enum([
  'model',
  'key',
  'workspace',
  'user',
  'tag',
  'app',
  'outcome',
  'hour',
  'day',
  'month',
]);
export type UsageDimension = z.output<typeof usageDimensionSchema>;

const daySchema = z.iso.date();

/** From day to day, both included, in the account's time zone; at most ten years. */
export const usageReportQuerySchema = z.object({
  by: usageDimensionSchema,
  /** Default: 30 days up to `to`. */
  from: daySchema.optional(),
  /** Default: the account's today. */
  to: daySchema.optional(),
  /** The rows with the highest charge; what the others come to is told as one. */
  limit: z.coerce.number().int().min(1).max(10_000).default(1_000),
});

const count = z.number().int();

/** Requests that have ended, whatever their outcome; one that still runs is in no figure. */
export const usageSumsSchema = z.object({
  requests: count,
  chargeNanoUsd: nanoUsdAmountSchema,
  /** What was used and is ours to pay: it is in no charge. */
  writtenOffNanoUsd: nanoUsdAmountSchema,
  cachePremiumAbsorbedNanoUsd: nanoUsdAmountSchema,
  inputTokens: count,
  outputTokens: count,
  cachedInputTokens: count,
  reasoningTokens: count,
});
export type UsageSums = z.output<typeof usageSumsSchema>;

export const usageReportRowSchema = usageSumsSchema.extend({
  /** A wire id, a model's id, a day …; empty where the request named none. */
  value: z.string(),
  /** Of a key or a workspace. */
  name: z.string().nullable(),
});
export type UsageReportRow = z.output<typeof usageReportRowSchema>;

export const usageReportSchema = z.object({
  accountId: accountIdSchema,
  /** The days are days of this zone as it was when each request was admitted. */
  timeZone: z.string(),
  by: usageDimensionSchema,
  from: daySchema,
  to: daySchema,
  /** By charge, or by time where it is broken down by time. */
  rows: z.array(usageReportRowSchema),
  /** Of the rows beyond `limit`; null when all are told. */
  others: usageSumsSchema.nullable(),
  /** Of every request: a request with two tags counts in both rows, and here once. */
  total: usageSumsSchema,
});
export type UsageReport = z.output<typeof usageReportSchema>;

/** Keys that sign receipts, newest first; one that can sign no more is still published. */
export const receiptKeyListSchema = z.object({
  keys: z.array(z.object({ kid: z.string(), signsFrom: instantSchema, canSign: z.boolean() })),
});
