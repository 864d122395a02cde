import { pricesOfDialect, type ConfiguredPriceRow, type ConfiguredRates, type Dialect } from '@apilink/contracts';
import { parseRate } from '@apilink/money';
import {
  priceVersionOf,
  rateCardProblem,
  rateDimensions,
  withCachePolicy,
  type RateCard,
  type RateDimension,
  type RateRow,
  type Rates,
} from '@apilink/pricing';

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

/** A list of prices as an immutable card, under the policy for cache-write premiums that is in force. */
export function rateCardOf(modelId: string, endpointId: string, rows: readonly ConfiguredPriceRow[]): RateCard {
  const card = withCachePolicy({ modelId, endpointId, currency: 'USD', rows: rows.map(rateRowOf) });
  return { ...card, priceVersion: priceVersionOf(card) };
}

/** A dimension without a cost of its own costs its price: it is the list price that the provider bills. */
function rateRowOf({ aboveInputTokens, serviceTier, utc, from, price, cost }: ConfiguredPriceRow): RateRow {
  const sell = ratesOf(price);
  return {
    minInputTokens: aboveInputTokens === undefined ? 0 : aboveInputTokens + 1,
    serviceTier: serviceTier ?? null,
    utcWindow: utc ?? null,
    startsAt: from ?? null,
    sell,
    cost: { ...sell, ...ratesOf(cost ?? {}) },
  };
}

/** The dialects that a card prices: an endpoint is never offered for something that could not be charged. */
export function pricedDialects(dialects: readonly Dialect[], card: RateCard): readonly Dialect[] {
  return dialects.filter((dialect) =>
    pricesOfDialect[dialect].some((required) => rateCardProblem(card, required) === null),
  );
}
