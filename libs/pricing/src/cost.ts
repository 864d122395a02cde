import { ceilFemtoToNano, type FemtoUsd, type NanoUsd } from '@apilink/money';

import { rateDimensions, rowOf, type PriceSide, type RateCard, type RateDimension, type Rates } from './rate-card.js';
import { isPaidElsewhere, rateOf } from './rate-fallback.js';
import { inputParts, outputParts, usageProblem, type UsageVector } from './usage-vector.js';

/** What one dimension adds to the cost of a request. Its rate is the one charged, fallback included. */
export interface CostLine {
  readonly dimension: RateDimension;
  /** What no part names, for `input` and `output`; milliseconds for `seconds`, whose rate is per second. */
  readonly units: number;
  readonly rateFemtoUsd: FemtoUsd;
  /** Units × rate (÷ 1,000 for `seconds`, up to a whole femto). */
  readonly amountFemtoUsd: FemtoUsd;
}

export interface Cost {
  /** The sum of the lines, rounded up once. */
  readonly totalNanoUsd: NanoUsd;
  readonly lines: readonly CostLine[];
  /** Dimensions with units that the card does not price: a line of zero stands for each, and the caller counts and alerts. */
  readonly unpriced: readonly RateDimension[];
  /** What we take over by the card's policy: list price = `totalNanoUsd` + this, to the nano. 0 on the side of the cost. */
  readonly absorbedNanoUsd: NanoUsd;
  /** The exact parts of it, in femto; the rate of such a line is list price − sold price. */
  readonly absorbedLines: readonly CostLine[];
}

/** Under which of its conditions a card is read. */
export interface PriceCircumstances {
  readonly side: PriceSide;
  /** The admission instant, ms since the epoch: a request keeps the prices that it was admitted at. */
  readonly at: number;
  /** Of the response, not of the request; null when it named none. */
  readonly serviceTier: string | null;
}

/**
 * What a request costs: `ceil(Σ units × rate / 10^6)` femto → nano, one rounding (docs/money.md, "Units").
 * Parts are taken out of their totals, and tiers are chosen by the total input of the whole request.
 * @throws UsageInvariantError for a vector that cannot be true (see `usageProblem`)
 * @throws RateCardInvariantError `no_row`
 */
export function costOf(usage: UsageVector, card: RateCard, circumstances: PriceCircumstances): Cost {
  const problem = usageProblem(usage);
  if (problem !== null) throw problem;
  const { at, serviceTier, side } = circumstances;
  const row = rowOf(card, { inputTokens: usage.input, serviceTier, at });
  const rates = row[side];
  const lines: CostLine[] = [];
  const unpriced: RateDimension[] = [];
  let total = 0n;
  for (const [dimension, unitsOf] of countedDimensions) {
    const units = unitsOf(usage);
    if (units === 0) continue;
    const rate = rateOf(rates, dimension);
    if (rate === undefined) {
      if (isPaidElsewhere(rates, dimension, (other) => unitsOfDimension[other](usage) > 0)) continue;
      unpriced.push(dimension);
    }
    const line = lineOf(dimension, units, rate ?? 0n);
    total += line.amountFemtoUsd;
    lines.push(line);
  }
  const totalNanoUsd = ceilFemtoToNano(total);
  // Nearly every row absorbs nothing, and this runs for every answer.
  if (side === 'cost' || row.absorbed === undefined)
    return { totalNanoUsd, lines, unpriced, absorbedNanoUsd: 0n, absorbedLines: [] };
  const absorbedLines = absorbedLinesOf(usage, row.absorbed);
  const listed = absorbedLines.reduce((sum, { amountFemtoUsd }) => sum + amountFemtoUsd, total);
  const absorbedNanoUsd = ceilFemtoToNano(listed) - totalNanoUsd;
  return { totalNanoUsd, lines, unpriced, absorbedNanoUsd, absorbedLines };
}

function absorbedLinesOf(usage: UsageVector, absorbed: Rates): CostLine[] {
  const lines: CostLine[] = [];
  for (const [dimension, unitsOf] of countedDimensions) {
    const rate = absorbed[dimension];
    const units = unitsOf(usage);
    if (rate !== undefined && units > 0) lines.push(lineOf(dimension, units, rate));
  }
  return lines;
}

/** The exact sums of a cost's lines by what caused them, for `cost_details`. Fees are all that is neither. */
export interface CostShares {
  readonly inputFemtoUsd: FemtoUsd;
  readonly outputFemtoUsd: FemtoUsd;
  readonly feesFemtoUsd: FemtoUsd;
}

export function costShares(cost: Cost): CostShares {
  let inputFemtoUsd = 0n;
  let outputFemtoUsd = 0n;
  let feesFemtoUsd = 0n;
  for (const { dimension, amountFemtoUsd } of cost.lines) {
    if (inputDimensions.has(dimension)) inputFemtoUsd += amountFemtoUsd;
    else if (outputDimensions.has(dimension)) outputFemtoUsd += amountFemtoUsd;
    else feesFemtoUsd += amountFemtoUsd;
  }
  return { inputFemtoUsd, outputFemtoUsd, feesFemtoUsd };
}

const inputDimensions: ReadonlySet<RateDimension> = new Set<RateDimension>(['input', ...inputParts]);
const outputDimensions: ReadonlySet<RateDimension> = new Set<RateDimension>(['output', ...outputParts]);

/** `seconds` are counted in milliseconds; everything else in units of its rate. */
export function amountOf(dimension: RateDimension, units: number, rate: FemtoUsd): FemtoUsd {
  const amount = BigInt(units) * rate;
  return dimension === 'seconds' ? (amount + 999n) / 1000n : amount;
}

function lineOf(dimension: RateDimension, units: number, rateFemtoUsd: FemtoUsd): CostLine {
  return { dimension, units, rateFemtoUsd, amountFemtoUsd: amountOf(dimension, units, rateFemtoUsd) };
}

const unitsOfDimension: Readonly<Record<RateDimension, (usage: UsageVector) => number>> = {
  input: (usage) => inputParts.reduce((left, part) => left - usage[part], usage.input),
  output: (usage) => outputParts.reduce((left, part) => left - usage[part], usage.output),
  cacheRead: (usage) => usage.cacheRead,
  cacheWrite5m: (usage) => usage.cacheWrite5m,
  cacheWrite1h: (usage) => usage.cacheWrite1h,
  reasoning: (usage) => usage.reasoning,
  audioInput: (usage) => usage.audioInput,
  audioOutput: (usage) => usage.audioOutput,
  imageInput: (usage) => usage.imageInput,
  imageOutput: (usage) => usage.imageOutput,
  request: (usage) => usage.requests,
  image: (usage) => usage.images,
  characters: (usage) => usage.characters,
  seconds: (usage) => usage.milliseconds,
  webSearch: (usage) => usage.webSearches,
  rerankSearch: (usage) => usage.rerankSearches,
};

const countedDimensions: readonly (readonly [RateDimension, (usage: UsageVector) => number])[] = rateDimensions.map(
  (dimension) => [dimension, unitsOfDimension[dimension]],
);
