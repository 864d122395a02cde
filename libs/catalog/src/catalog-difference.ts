import type { ConfiguredPriceRow, ConfiguredRates, RateDimension } from '@apilink/contracts';
import { parseRate } from '@apilink/money';
import { rateDimensions, rateOf, type Rates } from '@apilink/pricing';

import type { CatalogModel, CatalogOffer } from './catalog-data.js';

/** A price that changes by more than this, up or down, is not taken over without approval. */
export const JUMP_BASIS_POINTS = 3_000n;

/** One price of one offer that is another one now. */
export interface PriceChange {
  readonly modelId: string;
  readonly provider: string;
  /** The conditions of the row in words; empty for the row without. */
  readonly conditions: string;
  readonly dimension: RateDimension;
  /** As price lists print it, after fallback; null where there is none. */
  readonly before: string | null;
  readonly after: string | null;
  /** Hundredths of a percent of the price before; null where one of both is missing, or the one before is zero. */
  readonly basisPoints: bigint | null;
  readonly isJump: boolean;
}

export interface CatalogDifference {
  readonly newModels: readonly string[];
  readonly removedModels: readonly string[];
  /** `model at provider`, of models that both have. */
  readonly newOffers: readonly string[];
  readonly removedOffers: readonly string[];
  /** Offers that were sold and have no price any more: they are not served. */
  readonly unpricedOffers: readonly string[];
  readonly changes: readonly PriceChange[];
}

/** What a new catalog changes, and which of its prices jump. Offers that come or go are told, not compared. */
export function catalogDifference(before: readonly CatalogModel[], after: readonly CatalogModel[]): CatalogDifference {
  const [old, fresh] = [modelsById(before), modelsById(after)];
  const both = [...fresh].flatMap(([id, model]) => {
    const was = old.get(id);
    return was === undefined ? [] : [{ id, was: offersOf(was), is: offersOf(model) }];
  });
  const pairs = both.flatMap(({ id, was, is }) =>
    [...is].flatMap(([provider, offer]) => {
      const earlier = was.get(provider);
      return earlier === undefined ? [] : [{ modelId: id, provider, was: earlier, is: offer }];
    }),
  );
  return {
    newModels: missingFrom(old, fresh),
    removedModels: missingFrom(fresh, old),
    newOffers: both.flatMap(({ id, was, is }) => missingFrom(was, is).map((provider) => `${id} at ${provider}`)),
    removedOffers: both.flatMap(({ id, was, is }) => missingFrom(is, was).map((provider) => `${id} at ${provider}`)),
    unpricedOffers: pairs
      .filter(({ was, is }) => was.prices !== undefined && is.prices === undefined)
      .map(({ modelId, provider }) => `${modelId} at ${provider}`),
    changes: pairs.flatMap(({ modelId, provider, was, is }) =>
      priceChanges(was.prices ?? [], is.prices ?? []).map((change) => ({ modelId, provider, ...change })),
    ),
  };
}

/** Whether there is nothing to tell. */
export function isWithoutDifference(difference: CatalogDifference): boolean {
  return Object.values(difference).every((list: readonly unknown[]) => list.length === 0);
}

/**
 * The prices in which two lists differ. Rows with the same conditions are compared with each other, a row that stands in
 * one list alone with the other's row without conditions: that is what its requests cost there.
 */
export function priceChanges(
  before: readonly ConfiguredPriceRow[],
  after: readonly ConfiguredPriceRow[],
): readonly Omit<PriceChange, 'modelId' | 'provider'>[] {
  if (before.length === 0 || after.length === 0) return [];
  const [old, fresh] = [rowsByConditions(before), rowsByConditions(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((conditions) => {
    const was = ratesOf(old.get(conditions) ?? old.get('') ?? {});
    const is = ratesOf(fresh.get(conditions) ?? fresh.get('') ?? {});
    return rateDimensions.flatMap((dimension) => {
      // A dimension that neither list names costs what another one costs, and is told there.
      if (was[dimension] === undefined && is[dimension] === undefined) return [];
      const [rateBefore, rateAfter] = [rateOf(was, dimension), rateOf(is, dimension)];
      if (rateBefore === rateAfter) return [];
      return [{ conditions, dimension, ...comparison(rateBefore, rateAfter) }];
    });
  });
}

function comparison(
  before: bigint | undefined,
  after: bigint | undefined,
): Pick<PriceChange, 'before' | 'after' | 'basisPoints' | 'isJump'> {
  const isComparable = before !== undefined && after !== undefined && before > 0n;
  const basisPoints = isComparable ? ((after - before) * 10_000n) / before : null;
  const isGone = before !== undefined && after === undefined;
  const isFromZero = before === 0n && after !== undefined;
  const exceeds =
    isComparable && (after > before ? after - before : before - after) * 10_000n > before * JUMP_BASIS_POINTS;
  return { before: text(before), after: text(after), basisPoints, isJump: exceeds || isGone || isFromZero };
}

/** The conditions of a row in words: `above 200000 input tokens, 16:30-00:30 UTC`. */
export function conditionsText({ aboveInputTokens, serviceTier, utc, from }: ConfiguredPriceRow): string {
  const words = [
    aboveInputTokens === undefined ? [] : [`above ${aboveInputTokens} input tokens`],
    serviceTier === undefined ? [] : [`service tier ${serviceTier}`],
    utc === undefined ? [] : [`${clock(utc.fromMinute)}-${clock(utc.toMinute)} UTC`],
    from === undefined ? [] : [`from ${new Date(from).toISOString().replace('T00:00:00.000Z', '')}`],
  ];
  return words.flat().join(', ');
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

function rowsByConditions(rows: readonly ConfiguredPriceRow[]): ReadonlyMap<string, ConfiguredRates> {
  return new Map(rows.map((row) => [conditionsText(row), row.price]));
}

function ratesOf(prices: ConfiguredRates): Rates {
  const rates: Rates = {};
  for (const dimension of rateDimensions) {
    const rate = parseRate(prices[dimension] ?? '');
    if (rate !== null) rates[dimension] = rate;
  }
  return rates;
}

const PLACES = 9;

function text(rate: bigint | undefined): string | null {
  if (rate === undefined) return null;
  const digits = rate.toString().padStart(PLACES + 1, '0');
  return `${digits.slice(0, -PLACES)}.${digits.slice(-PLACES)}`.replace(/\.?0+$/, '');
}

function modelsById(models: readonly CatalogModel[]): ReadonlyMap<string, CatalogModel> {
  return new Map(models.map((model) => [model.id, model]));
}

function offersOf({ offers }: CatalogModel): ReadonlyMap<string, CatalogOffer> {
  return new Map(offers.map((offer) => [offer.provider, offer]));
}

/** Keys of `there` that `here` does not have. */
function missingFrom(here: ReadonlyMap<string, unknown>, there: ReadonlyMap<string, unknown>): string[] {
  return [...there.keys()].filter((key) => !here.has(key));
}
