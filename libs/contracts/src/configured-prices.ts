import { z } from 'zod';

import type { Dialect } from './events/routing-events.js';
import type { RateDimension } from './prices.js';

/** US dollars as a decimal string with at most nine decimals; never a YAML number, which would be a float. */
const usdDecimal = (integerDigits: number) =>
  z
    .string('expected a decimal string in quotes, like "0.50"')
    .regex(
      new RegExp(`^(0|[1-9]\\d{0,${integerDigits - 1}})(\\.\\d{1,9})?$`),
      `expected a decimal string of at most nine decimals, below 1${'0'.repeat(integerDigits)}, like "0.50"`,
    );
const perMillion = usdDecimal(6).optional();
const perUnit = usdDecimal(3).optional();

export const rateTableSchema = z.strictObject({
  input: perMillion.describe('USD per million input tokens'),
  output: perMillion.describe('USD per million output tokens'),
  cacheRead: perMillion.describe('USD per million input tokens read from the prompt cache'),
  cacheWrite5m: perMillion.describe('USD per million input tokens written to the five-minute prompt cache'),
  cacheWrite1h: perMillion.describe('USD per million input tokens written to the one-hour prompt cache'),
  reasoning: perMillion.describe('USD per million reasoning tokens'),
  audioInput: perMillion.describe('USD per million audio input tokens'),
  audioOutput: perMillion.describe('USD per million audio output tokens'),
  imageInput: perMillion.describe('USD per million image input tokens'),
  imageOutput: perMillion.describe('USD per million image output tokens'),
  characters: perMillion.describe('USD per million characters'),
  request: perUnit.describe('USD for each request'),
  image: perUnit.describe('USD for each image'),
  seconds: perUnit.describe('USD for each second of audio'),
  webSearch: perUnit.describe('USD for each web search'),
  rerankSearch: perUnit.describe('USD for each rerank search'),
});
/** Decimal strings per dimension, as a file has them; the router turns them into femto-USD per unit. */
export type ConfiguredRates = z.output<typeof rateTableSchema>;

const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)$/;

function minuteOf(clock: string): number {
  if (clock === '24:00') return 1440;
  const [, hours, minutes] = CLOCK.exec(clock) ?? [];
  return Number(hours) * 60 + Number(minutes);
}

function clockOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

/** `16:30-00:30`, from inclusive, to exclusive, over midnight where it ends before it starts; minutes of the UTC day in memory. */
const utcWindowSchema = z
  .codec(
    z
      .string('expected hours of the UTC day in quotes, like "16:30-00:30"')
      .regex(
        /^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/,
        'expected hours of the UTC day, like "16:30-00:30"',
      ),
    z.object({ fromMinute: z.number().int().min(0).max(1439), toMinute: z.number().int().min(0).max(1440) }),
    {
      decode: (text) => {
        const [from = '', to = ''] = text.split('-');
        return { fromMinute: minuteOf(from), toMinute: minuteOf(to) };
      },
      encode: ({ fromMinute, toMinute }) => `${clockOf(fromMinute)}-${clockOf(toMinute)}`,
    },
  )
  .refine(
    ({ fromMinute, toMinute }) => fromMinute !== toMinute,
    'expected hours that end at another time than they start',
  );

/** A day (from its first moment in UTC) or an instant, ms since the epoch in memory. */
const startSchema = z.codec(
  z
    .string('expected a day in quotes, like "2027-01-01"')
    .regex(
      /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/,
      'expected a day like "2027-01-01", or an instant like "2027-01-01T12:00Z"',
    )
    .refine((text) => isRealInstant(text), 'is no day of the calendar'),
  z.number().int().min(0),
  { decode: (text) => Date.parse(text), encode: startText },
);

function isRealInstant(text: string): boolean {
  const at = Date.parse(text);
  // Date.parse turns the 30th of February into the 2nd of March.
  return at >= 0 && new Date(at).toISOString().startsWith(text.slice(0, 10));
}

function startText(at: number): string {
  const text = new Date(at).toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text;
}

/**
 * One row of a price list. Of the rows whose conditions all hold the last one applies, to the whole request; a row stands
 * alone and takes no price from another one.
 */
export const priceRowSchema = z.strictObject({
  aboveInputTokens: z
    .number()
    .int()
    .min(0)
    .max(1_000_000_000)
    .optional()
    .describe('Applies to requests with more input tokens than this, cached ones included'),
  serviceTier: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Applies when the provider answers with this service tier, like priority or flex'),
  utc: utcWindowSchema
    .optional()
    .describe('Applies to requests admitted in these hours of the UTC day, like "16:30-00:30"'),
  from: startSchema.optional().describe('Applies to requests admitted from this day (UTC) or instant on'),
  price: rateTableSchema.describe('What the customer pays, in USD'),
  cost: rateTableSchema.optional().describe('What the provider charges us; default: the price'),
});
/** In memory: minutes of the UTC day and ms since the epoch; prices stay the decimal strings that people wrote. */
export type ConfiguredPriceRow = z.output<typeof priceRowSchema>;

/** A list of prices with conditions, at most as many as a rate card has rows. */
export const priceRowsSchema = z.array(priceRowSchema).min(1).max(64);

/** Of each list one alternative has to be priced whole, or a dialect cannot be charged. */
export const pricesOfDialect: Readonly<Record<Dialect, readonly (readonly RateDimension[])[]>> = {
  chat: [['input', 'output']],
  responses: [['input', 'output']],
  messages: [['input', 'output']],
  gemini: [['input', 'output']],
  converse: [['input', 'output']],
  embeddings: [['input'], ['request']],
  images: [['image'], ['imageOutput'], ['output'], ['request']],
  speech: [['characters'], ['seconds'], ['audioOutput'], ['request']],
  transcriptions: [['seconds'], ['audioInput'], ['input'], ['request']],
  rerank: [['rerankSearch'], ['input'], ['request']],
};

/** Whether a dialect can be charged by every row of a list. */
export function isCharged(dialect: Dialect, rows: readonly ConfiguredPriceRow[]): boolean {
  return pricesOfDialect[dialect].some((needed) =>
    rows.every(({ price }) => needed.every((dimension) => price[dimension] !== undefined)),
  );
}

const WITHOUT_CONDITIONS = JSON.stringify([null, null, null, null]);

/** Why a list of prices does not price every request, or prices one twice; null when all is well. */
export function priceRowsProblem(rows: readonly ConfiguredPriceRow[]): string | null {
  const seen = new Map<string, number>();
  for (const [index, { aboveInputTokens, serviceTier, utc, from }] of rows.entries()) {
    const key = JSON.stringify([aboveInputTokens, serviceTier, utc, from]);
    const before = seen.get(key);
    if (before !== undefined) return `row ${before + 1} never applies: row ${index + 1} has the same conditions`;
    seen.set(key, index);
  }
  if (seen.has(WITHOUT_CONDITIONS)) return null;
  return 'one row without conditions is needed, for the requests that meet no other';
}
