import { pricesOfDialect, type ConfiguredRates, type Dialect } from '@apilink/contracts';
import { parseRate } from '@apilink/money';
import {
  priceVersionOf,
  rateCardProblem,
  rateDimensions,
  type RateCard,
  type RateDimension,
  type Rates,
  type UtcWindow,
} from '@apilink/pricing';

/** One row of a price list, in USD as people write it. */
export interface PriceRow {
  readonly price: ConfiguredRates;
  /** What the provider bills us; a dimension without a cost of its own costs its price. */
  readonly cost?: ConfiguredRates;
  readonly minInputTokens?: number;
  readonly utcWindow?: UtcWindow;
}

/** USD for each one; all other dimensions are USD per million. */
const perUnit: ReadonlySet<RateDimension> = new Set(['request', 'image', 'seconds', 'webSearch', 'rerankSearch']);
const MILLION = 1_000_000n;

/** Decimal strings as femto-USD per unit. They have passed the schema of the file, so a bad one is a defect. */
export function ratesOf(prices: ConfiguredRates): Rates {
  const rates: Rates = {};
  for (const dimension of rateDimensions) {
    const text = prices[dimension];
    if (text === undefined) continue;
    const rate = parseRate(text);
    if (rate === null) throw new Error(`The price ${dimension} is no decimal of nine places.`);
    rates[dimension] = perUnit.has(dimension) ? rate * MILLION : rate;
  }
  return rates;
}

export function rateCardOf(modelId: string, endpointId: string, rows: readonly PriceRow[]): RateCard {
  const card = {
    modelId,
    endpointId,
    currency: 'USD',
    rows: rows.map((row) => {
      const sell = ratesOf(row.price);
      return {
        minInputTokens: row.minInputTokens ?? 0,
        serviceTier: null,
        utcWindow: row.utcWindow ?? null,
        startsAt: null,
        sell,
        cost: { ...sell, ...ratesOf(row.cost ?? {}) },
      };
    }),
  } as const;
  return { ...card, priceVersion: priceVersionOf(card) };
}

/** The dialects that a card prices: an endpoint is never offered for something that could not be charged. */
export function pricedDialects(dialects: readonly Dialect[], card: RateCard): readonly Dialect[] {
  return dialects.filter((dialect) =>
    pricesOfDialect[dialect].some((required) => rateCardProblem(card, required) === null),
  );
}
