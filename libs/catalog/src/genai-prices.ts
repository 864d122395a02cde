import type { ConfiguredPriceRow, ConfiguredRates, RateDimension } from '@apilink/contracts';
import { z } from 'zod';

import { exactPrice } from './exact-price.js';
import { ExactNumber, LiteralError, readLiteral } from './literal.js';
import { CatalogSourceError, type SourceModel } from './source-model.js';

/**
 * Reader of `@pydantic/genai-prices`: the price lists of many providers, with tiers, hours and start dates. The package
 * has its data as a literal in its bundle; it is read as text, and nothing of the package runs.
 */
export const GENAI_PRICES = '@pydantic/genai-prices';
/** The file of the package with the data. */
export const GENAI_PRICES_FILE = 'dist/index.js';

const figure = z.instanceof(ExactNumber);
const count = figure.transform(({ text }) => Number(text)).pipe(z.number().int().min(0));
const tieredSchema = z.object({ base: figure, tiers: z.array(z.object({ start: count, price: figure })) });
const pricesSchema = z.record(z.string(), z.union([figure, tieredSchema]));
type SourcePrices = z.output<typeof pricesSchema>;

const constraintSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start_date'), start_date: z.iso.date() }),
  z.object({
    type: z.literal('time_of_date'),
    start_time: z.string().regex(/^\d{2}:\d{2}:00Z$/),
    end_time: z.string().regex(/^\d{2}:\d{2}:00Z$/),
  }),
]);
type Constraint = z.output<typeof constraintSchema>;

/** How the package says which names of a model a price is for. */
export type Match =
  | { readonly or: readonly Match[] }
  | { readonly and: readonly Match[] }
  | { readonly equals: string }
  | { readonly starts_with: string }
  | { readonly ends_with: string }
  | { readonly contains: string }
  | { readonly regex: string };

const matchSchema: z.ZodType<Match> = z.lazy(() =>
  z.union([
    z.object({ or: z.array(matchSchema) }),
    z.object({ and: z.array(matchSchema) }),
    z.object({ equals: z.string() }),
    z.object({ starts_with: z.string() }),
    z.object({ ends_with: z.string() }),
    z.object({ contains: z.string() }),
    z.object({ regex: z.string() }),
  ]),
);

const modelSchema = z.object({
  id: z.string(),
  name: z.string().optional(),
  description: z.string().optional(),
  match: matchSchema,
  context_window: count.optional(),
  deprecated: z.boolean().default(false),
  prices: z.union([
    z.array(z.object({ constraint: constraintSchema.optional(), prices: pricesSchema })).min(1),
    pricesSchema,
  ]),
});

const providersSchema = z
  .array(z.object({ id: z.string(), api_pattern: z.string(), models: z.array(modelSchema) }))
  .min(1);

export interface GenaiModel extends SourceModel {
  readonly isDeprecated: boolean;
  readonly match: Match;
}

/** Models of the package by its own id of their provider, in its order: the first that matches a name is meant. */
export type GenaiPrices = ReadonlyMap<string, readonly GenaiModel[]>;

/** @throws CatalogSourceError when the bundle holds no list of providers, or one of another shape */
export function readGenaiPrices(bundle: string): GenaiPrices {
  const begin = /(?:const|let|var) [\w$]+ = (?=\[\s*\{\s*"?id"?:\s*")/.exec(bundle);
  if (begin === null) throw new CatalogSourceError(`${GENAI_PRICES_FILE} holds no list of providers`);
  try {
    const read = providersSchema.safeParse(readLiteral(bundle, begin.index + begin[0].length));
    if (!read.success) throw new CatalogSourceError(z.prettifyError(read.error));
    return new Map(read.data.map(({ id, models }) => [id, models.map(sourceModel)]));
  } catch (error) {
    if (error instanceof LiteralError) throw new CatalogSourceError(error.message, { cause: error });
    throw error;
  }
}

function sourceModel(model: z.output<typeof modelSchema>): GenaiModel {
  return {
    id: model.id,
    name: model.name ?? model.id,
    description: (model.description ?? '').trim(),
    contextLength: model.context_window ?? null,
    maxOutputTokens: null,
    readsImages: false,
    reasons: false,
    prices: Array.isArray(model.prices)
      ? model.prices.flatMap(({ constraint, prices }, index) =>
          // The package takes the first list where no other applies, whatever that one's condition says.
          rowsOf(prices, index === 0 ? undefined : constraint),
        )
      : rowsOf(model.prices),
    isDeprecated: model.deprecated,
    match: model.match,
  };
}

/** The price of a name at one of the package's providers, by its own rule: equal ids first, then the first that matches. */
export function genaiModelOf(models: readonly GenaiModel[], name: string): GenaiModel | null {
  const text = name.toLowerCase();
  return models.find(({ id }) => id.toLowerCase() === text) ?? models.find(({ match }) => matches(match, text)) ?? null;
}

function matches(match: Match, text: string): boolean {
  if ('or' in match) return match.or.some((some) => matches(some, text));
  if ('and' in match) return match.and.every((each) => matches(each, text));
  if ('equals' in match) return text === match.equals.toLowerCase();
  if ('starts_with' in match) return text.startsWith(match.starts_with.toLowerCase());
  if ('ends_with' in match) return text.endsWith(match.ends_with.toLowerCase());
  if ('contains' in match) return text.includes(match.contains.toLowerCase());
  return new RegExp(match.regex).test(text);
}

/** Our dimension of each of the package's prices, and how many units its figure is for beside the usual million. */
const dimensions: ReadonlyMap<string, readonly [RateDimension, bigint]> = new Map([
  ['input_mtok', ['input', 1n]],
  ['output_mtok', ['output', 1n]],
  ['cache_read_mtok', ['cacheRead', 1n]],
  ['cache_write_mtok', ['cacheWrite5m', 1n]],
  ['cache_write_1h_mtok', ['cacheWrite1h', 1n]],
  ['input_audio_mtok', ['audioInput', 1n]],
  ['output_audio_mtok', ['audioOutput', 1n]],
  ['input_image_mtok', ['imageInput', 1n]],
  ['output_image_mtok', ['imageOutput', 1n]],
  ['output_reasoning_mtok', ['reasoning', 1n]],
  ['requests_kcount', ['request', 1000n]],
  ['web_searches_kcount', ['webSearch', 1000n]],
  ['input_audio_hours', ['seconds', 3600n]],
]);

/** One row for the base, one for each number of tokens at which any price of the list changes. */
function rowsOf(prices: SourcePrices, constraint?: Constraint): ConfiguredPriceRow[] {
  const starts = new Set<number>();
  for (const price of Object.values(prices)) {
    if (!(price instanceof ExactNumber)) for (const { start } of price.tiers) starts.add(start);
  }
  const thresholds = [null, ...[...starts].toSorted((one, other) => one - other)];
  const rows = thresholds.map((threshold) => ({
    // The package's tiers begin above their start, and so do ours.
    ...(threshold === null ? {} : { aboveInputTokens: threshold }),
    ...conditionsOf(constraint),
    price: ratesOf(prices, threshold),
  }));
  return rows.some(({ price }) => Object.keys(price).length > 0) ? rows : [];
}

function ratesOf(prices: SourcePrices, threshold: number | null): ConfiguredRates {
  const rates: ConfiguredRates = {};
  for (const [key, [dimension, per]] of dimensions) {
    const price = prices[key];
    if (price === undefined) continue;
    const exact = exactPrice(price instanceof ExactNumber ? price : tierOf(price, threshold), per);
    if (exact === null) throw new CatalogSourceError(`${key} has a price that is no figure from zero`);
    rates[dimension] = exact;
  }
  return rates;
}

function tierOf({ base, tiers }: z.output<typeof tieredSchema>, threshold: number | null): ExactNumber {
  const reached = tiers.filter(({ start }) => threshold !== null && start <= threshold);
  return reached.toSorted((one, other) => one.start - other.start).at(-1)?.price ?? base;
}

function conditionsOf(constraint: Constraint | undefined): Pick<ConfiguredPriceRow, 'utc' | 'from'> {
  if (constraint === undefined) return {};
  if (constraint.type === 'start_date') return { from: Date.parse(constraint.start_date) };
  return { utc: { fromMinute: minuteOf(constraint.start_time), toMinute: minuteOf(constraint.end_time) } };
}

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}
