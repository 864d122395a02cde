import type { FemtoUsd } from '@apilink/money';

import { rateDimensions, type RateDimension, type Rates } from './rate-card.js';

/**
 * What stands in for a rate that a row does not name (README.md). A part of a total costs what the rest of
 * the total costs; one-hour cache writes cost at least what five-minute ones do. Totals, fees and measures have nothing
 * to fall back on.
 */
const fallbacks: Readonly<Record<RateDimension, RateDimension | null>> = {
  input: null,
  output: null,
  cacheRead: 'input',
  cacheWrite5m: 'input',
  cacheWrite1h: 'cacheWrite5m',
  reasoning: 'output',
  audioInput: 'input',
  audioOutput: 'output',
  imageInput: 'input',
  imageOutput: 'output',
  request: null,
  image: null,
  characters: null,
  seconds: null,
  webSearch: null,
  rerankSearch: null,
};

/** The rate of a dimension after fallback; undefined when neither it nor anything in its place is priced. */
export function rateOf(rates: Rates, dimension: RateDimension): FemtoUsd | undefined {
  let current: RateDimension | null = dimension;
  while (current !== null) {
    const rate: FemtoUsd | undefined = rates[current];
    if (rate !== undefined) return rate;
    current = fallbacks[current];
  }
  return undefined;
}

/** Several ways to count the same work: a price of one of them may be the price of all. */
const measures: ReadonlySet<RateDimension> = new Set(['request', 'image', 'characters', 'seconds', 'rerankSearch']);
const tokenTotals: readonly RateDimension[] = ['input', 'output'];

/**
 * Whether units without a rate are paid for by another dimension of the same row, so that charging nothing for them is
 * what the price list means:
 * - counts of requests, images, characters, seconds and rerank searches, when tokens are priced or another of them is
 *   (a chat model has no fee per request, a speech model priced by the character none per second);
 * - tokens, when the row prices no token total at all but one of those counts (an image model priced by the image).
 * Everything else without a rate is unpriced, and the cost says so. `counted` tells which dimensions have units.
 */
export function isPaidElsewhere(
  rates: Rates,
  dimension: RateDimension,
  counted: (other: RateDimension) => boolean,
): boolean {
  if (dimension === 'request') return true;
  if (dimension === 'webSearch') return false;
  const tokensPriced = tokenTotals.some((total) => rates[total] !== undefined);
  const measurePriced = rateDimensions.some(
    (other) => measures.has(other) && rates[other] !== undefined && counted(other),
  );
  return measures.has(dimension) ? tokensPriced || measurePriced : !tokensPriced && measurePriced;
}
