import { FEMTO_PER_NANO, ceilFemtoToNano, type FemtoUsd, type NanoUsd } from '@apilink/money';

import { amountOf } from './cost.js';
import {
  RateCardInvariantError,
  isInUtcWindow,
  isUnconditional,
  type RateCard,
  type RateDimension,
  type RateRow,
} from './rate-card.js';
import { rateOf } from './rate-fallback.js';
import type { InputPart, OutputPart, UsageVector } from './usage-vector.js';

/** Output tokens of one choice that a hold covers at first and grows by (docs/money.md, "The hold"). */
export const STEP_TOKENS = 4096;

/**
 * How far the admission instant may lie from the instant at which a hold is sized. The gate's clock fixes it, which is not
 * ours, and a window or a start date between the two makes it another row that is charged.
 */
export const ADMISSION_SKEW_MS = 60_000;

/** The fewest output tokens worth admitting a request for. */
const LEAST_OUTPUT_TOKENS = 16;

/** Units known before the request is sent, held whole. */
export type KnownUnits = Partial<
  Pick<UsageVector, 'requests' | 'images' | 'characters' | 'milliseconds' | 'webSearches' | 'rerankSearches'>
>;

export interface HoldQuestion {
  /** Of every endpoint that may answer. */
  readonly cards: readonly RateCard[];
  /** Now, ms since the epoch; rows that apply up to `ADMISSION_SKEW_MS` before or after it are held for as well. */
  readonly at: number;
  readonly estimatedInputTokens: number;
  /** Of one choice: min(asked or model's maximum, STEP_TOKENS), more as the hold grows. */
  readonly outputTokens: number;
  readonly choices: number;
  /** Default: one request. */
  readonly known?: KnownUnits;
  /** Parts that the input may turn out to have; the default is all but audio and images, which the caller sees. */
  readonly inputParts?: readonly InputPart[];
  /** Parts that the output may turn out to have; the default is reasoning alone. */
  readonly outputParts?: readonly OutputPart[];
  /**
   * Service tiers that the answer may be billed at beside the price without a tier. Default: every tier that a card
   * prices, which is safe and dear; who knows what the request asked for passes just that.
   */
  readonly serviceTiers?: readonly string[];
}

const defaultInputParts: readonly InputPart[] = ['cacheRead', 'cacheWrite5m', 'cacheWrite1h'];
const defaultOutputParts: readonly OutputPart[] = ['reasoning'];
const oneRequest: KnownUnits = { requests: 1 };

/**
 * The highest, over every row of every card that may come to apply, of: estimated input × 1.25 at the dearest rate of its
 * possible parts + fees + choices × output tokens at their dearest. At least the cost of any usage within that estimate.
 * @throws RateCardInvariantError `no_card`, or `no_row` when a card has no row for this instant
 * @throws RangeError when a count of the question is not a whole number from 0
 */
export function holdAmount(question: HoldQuestion): NanoUsd {
  return amountWith(question, question.outputTokens);
}

/** Below this grant a request is refused: input, fees and min(asked, 16) output tokens of each choice. */
export function leastAmount(question: HoldQuestion): NanoUsd {
  return amountWith(question, Math.min(question.outputTokens, LEAST_OUTPUT_TOKENS));
}

/**
 * The most output tokens of one choice whose hold fits into `amount`: the inverse of `holdAmount`. 0 when not even the
 * input fits; `Number.MAX_SAFE_INTEGER` when output is free. `question.outputTokens` plays no part.
 */
export function affordableOutputTokens(amount: NanoUsd, question: HoldQuestion): number {
  const unlimited = BigInt(Number.MAX_SAFE_INTEGER);
  let affordable = unlimited;
  for (const { fixedFemtoUsd, perTokenFemtoUsd } of pricesOf(question)) {
    const left = amount * FEMTO_PER_NANO - fixedFemtoUsd;
    if (left < 0n) return 0;
    const tokens = perTokenFemtoUsd === 0n ? unlimited : left / perTokenFemtoUsd;
    if (tokens < affordable) affordable = tokens;
  }
  return Number(affordable);
}

function amountWith(question: HoldQuestion, outputTokens: number): NanoUsd {
  const tokens = BigInt(outputTokens);
  let highest = 0n;
  for (const { fixedFemtoUsd, perTokenFemtoUsd } of pricesOf(question)) {
    const amount = fixedFemtoUsd + tokens * perTokenFemtoUsd;
    if (amount > highest) highest = amount;
  }
  return ceilFemtoToNano(highest);
}

interface HoldPrice {
  /** Input with its margin and the fees. */
  readonly fixedFemtoUsd: FemtoUsd;
  /** One output token of every choice. */
  readonly perTokenFemtoUsd: FemtoUsd;
}

function pricesOf(question: HoldQuestion): HoldPrice[] {
  const inputTokens = withMargin(question.estimatedInputTokens);
  for (const count of [inputTokens, question.outputTokens, question.choices]) {
    if (!Number.isSafeInteger(count) || count < 0)
      throw new RangeError(`a hold cannot be sized for a count of ${count}`);
  }
  // Without a card the amount would be zero, and whatever is answered would be free.
  if (question.cards.length === 0) throw new RateCardInvariantError('no_card', 'a hold needs the price of a candidate');
  const prices: HoldPrice[] = [];
  for (const card of question.cards) {
    for (const row of rowsThatMayApply(card, question, inputTokens)) prices.push(priceOf(row, question, inputTokens));
  }
  return prices;
}

/** × 1.25, up: the linear estimator covers all but code at that factor. */
function withMargin(tokens: number): number {
  return Math.ceil(tokens * 1.25);
}

function priceOf({ sell }: RateRow, question: HoldQuestion, inputTokens: number): HoldPrice {
  let input = rateOf(sell, 'input') ?? 0n;
  for (const part of question.inputParts ?? defaultInputParts) input = higher(input, rateOf(sell, part));
  let output = rateOf(sell, 'output') ?? 0n;
  for (const part of question.outputParts ?? defaultOutputParts) output = higher(output, rateOf(sell, part));
  const { known = oneRequest } = question;
  const fee = (dimension: RateDimension, units: number | undefined): FemtoUsd =>
    units === undefined ? 0n : amountOf(dimension, units, rateOf(sell, dimension) ?? 0n);
  return {
    fixedFemtoUsd:
      amountOf('input', inputTokens, input) +
      fee('request', known.requests) +
      fee('image', known.images) +
      fee('characters', known.characters) +
      fee('seconds', known.milliseconds) +
      fee('webSearch', known.webSearches) +
      fee('rerankSearch', known.rerankSearches),
    perTokenFemtoUsd: output * BigInt(question.choices),
  };
}

function higher(rate: FemtoUsd, other: FemtoUsd | undefined): FemtoUsd {
  return other !== undefined && other > rate ? other : rate;
}

/**
 * The admission instant is all but fixed, so of the conditions mainly tier and input are open: for each tier of the answer
 * and each threshold up to the margined input, the last row that holds. Dearer rows above the input or superseded ones
 * play no part.
 */
function rowsThatMayApply(card: RateCard, question: HoldQuestion, inputTokens: number): readonly RateRow[] {
  // Nearly every card has one row without conditions, and this runs for every candidate of every request.
  if (card.rows.length === 1 && card.rows.every(isUnconditional)) return card.rows;
  const reachable = card.rows.filter((row) => isReachable(row, question, inputTokens));
  const found: RateRow[] = [];
  for (const at of instantsOf(reachable, question.at)) {
    collectRows(
      reachable.filter((row) => isInForce(row, at)),
      found,
    );
  }
  if (found.length === 0) throw new RateCardInvariantError('no_row', `no row of ${card.priceVersion} applies`);
  return found;
}

function collectRows(current: readonly RateRow[], found: RateRow[]): void {
  for (const { serviceTier } of current) {
    for (const { minInputTokens } of current) {
      const row = current.findLast(
        (other) =>
          other.minInputTokens <= minInputTokens && (other.serviceTier === null || other.serviceTier === serviceTier),
      );
      if (row !== undefined && !found.includes(row)) found.push(row);
    }
  }
}

/**
 * Instants that stand for all between the earliest and the latest admission: windows begin and end on whole minutes, so
 * one instant a minute meets each of them; start dates stand for themselves.
 */
function instantsOf(rows: readonly RateRow[], at: number): readonly number[] {
  if (rows.every(({ utcWindow, startsAt }) => utcWindow === null && startsAt === null)) return [at];
  const instants = [at - ADMISSION_SKEW_MS, at, at + ADMISSION_SKEW_MS];
  for (const { startsAt } of rows) {
    if (startsAt !== null && Math.abs(startsAt - at) < ADMISSION_SKEW_MS) instants.push(startsAt);
  }
  return instants;
}

function isReachable(row: RateRow, { serviceTiers }: HoldQuestion, inputTokens: number): boolean {
  return (
    row.minInputTokens <= inputTokens &&
    (row.serviceTier === null || serviceTiers === undefined || serviceTiers.includes(row.serviceTier))
  );
}

function isInForce({ startsAt, utcWindow }: RateRow, at: number): boolean {
  return (startsAt === null || at >= startsAt) && (utcWindow === null || isInUtcWindow(utcWindow, at));
}
