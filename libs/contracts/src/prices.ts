import { z } from 'zod';

import { femtoRateSchema, instantSchema } from './amounts.js';

/** The dimensions that a rate card can price. A missing one falls back as docs/money.md says, never to zero silently. */
export const rateDimensions = [
  'input',
  'output',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'reasoning',
  'audioInput',
  'audioOutput',
  'imageInput',
  'imageOutput',
  'request',
  'image',
  'characters',
  'seconds',
  'webSearch',
  'rerankSearch',
] as const;
export type RateDimension = (typeof rateDimensions)[number];

/** Rates in femto-USD per unit: a token, a character, an image, a second, a request, a search. */
export const ratesSchema = z.partialRecord(z.enum(rateDimensions), femtoRateSchema);

/**
 * One row of a rate card. The row that applies is the last one whose conditions all hold: total input tokens of the
 * whole request ≥ `minInputTokens`, the service tier of the response, the UTC window, the start date.
 */
export const rateRowSchema = z.object({
  minInputTokens: z.number().int().min(0).default(0),
  serviceTier: z.string().min(1).max(64).nullable().default(null),
  /** Minutes of the UTC day, from inclusive, to exclusive; wraps over midnight when from > to. */
  utcWindow: z
    .object({ fromMinute: z.number().int().min(0).max(1439), toMinute: z.number().int().min(0).max(1440) })
    .nullable()
    .default(null),
  startsAt: instantSchema.nullable().default(null),
  sell: ratesSchema,
  cost: ratesSchema,
  /** List price minus `sell`, per unit, of what the card's `cachePolicy` takes over; absent where it takes over nothing. */
  absorbed: ratesSchema.optional(),
});

/** An immutable rate card; its id is `pv_` and 32 hex characters of the SHA-256 of its canonical form. */
export const rateCardSchema = z.object({
  priceVersion: z.string().regex(/^pv_[0-9a-f]{32}$/),
  modelId: z.string().min(1).max(200),
  endpointId: z.string().min(1).max(300),
  currency: z.literal('USD'),
  rows: z.array(rateRowSchema).min(1).max(64),
  /** Version of the policy under which cache-write premiums are absorbed; absent where no row absorbs anything. */
  cachePolicy: z.string().min(1).max(64).optional(),
});
export type RateCardWire = z.output<typeof rateCardSchema>;
export type RatesWire = z.output<typeof ratesSchema>;
