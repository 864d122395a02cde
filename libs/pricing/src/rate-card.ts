import type { FemtoUsd } from '@apilink/money';

/** What a rate card can price, in the order in which a receipt lists it. */
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

/** Femto-USD per unit: a token, a request, an image, a character, a second, a search. */
export type Rates = Partial<Record<RateDimension, FemtoUsd>>;

/** What the customer pays, and what the provider bills us. */
export type PriceSide = 'sell' | 'cost';

/** Minutes of the UTC day, from inclusive, to exclusive; it wraps over midnight when from > to. */
export interface UtcWindow {
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** A row stands alone: it inherits no rate from the rows above it. */
export interface RateRow {
  /** Total input tokens of the whole request, parts included, from which on the row applies. */
  readonly minInputTokens: number;
  /** Service tier of the response; null = any. */
  readonly serviceTier: string | null;
  /** Null = all day. */
  readonly utcWindow: UtcWindow | null;
  /** Milliseconds since the epoch; null = always. */
  readonly startsAt: number | null;
  readonly sell: Rates;
  readonly cost: Rates;
  /**
   * List price minus `sell`, per unit, of the dimensions whose premium we take over under the card's policy; each stands
   * beside a rate of the same dimension in `sell`. Absent where nothing is absorbed.
   */
  readonly absorbed?: Rates | undefined;
}

/** One immutable version of the price of one endpoint. Of its rows the last one applies whose conditions all hold. */
export interface RateCard {
  readonly priceVersion: string;
  readonly modelId: string;
  readonly endpointId: string;
  readonly currency: 'USD';
  readonly rows: readonly RateRow[];
  /** Version of the policy that `absorbed` follows (`cache-policy.ts`); absent where no row absorbs anything. */
  readonly cachePolicy?: string | undefined;
}

export type RateCardInvariant = 'no_row' | 'no_card';

/** A rate card that says nothing about a request; `rateCardProblem` refuses it before it is published. */
export class RateCardInvariantError extends Error {
  override readonly name = 'RateCardInvariantError';

  constructor(
    readonly invariant: RateCardInvariant,
    detail: string,
  ) {
    super(`${invariant}: ${detail}`);
  }
}

const MINUTE_MS = 60_000;
const MINUTES_PER_DAY = 1440;

/** Whether an instant (ms since the epoch) lies in the window. Equal ends mean the whole day. */
export function isInUtcWindow(window: UtcWindow, at: number): boolean {
  const minute = Math.floor(at / MINUTE_MS) % MINUTES_PER_DAY;
  if (window.fromMinute < window.toMinute) return minute >= window.fromMinute && minute < window.toMinute;
  return minute >= window.fromMinute || minute < window.toMinute;
}

export interface RowCircumstances {
  readonly inputTokens: number;
  readonly serviceTier: string | null;
  /** The admission instant of the request, ms since the epoch. */
  readonly at: number;
}

/**
 * The row that applies.
 * @throws RateCardInvariantError `no_row`
 */
export function rowOf(card: RateCard, circumstances: RowCircumstances): RateRow {
  for (let index = card.rows.length - 1; index >= 0; index -= 1) {
    const row = card.rows[index];
    if (row !== undefined && applies(row, circumstances)) return row;
  }
  throw new RateCardInvariantError('no_row', `no row of ${card.priceVersion} applies`);
}

function applies(row: RateRow, { inputTokens, serviceTier, at }: RowCircumstances): boolean {
  return (
    inputTokens >= row.minInputTokens &&
    (row.serviceTier === null || row.serviceTier === serviceTier) &&
    (row.startsAt === null || at >= row.startsAt) &&
    (row.utcWindow === null || isInUtcWindow(row.utcWindow, at))
  );
}

/**
 * Why a card may not be published, in words that name the row; null when it may.
 *
 * `required` are the dimensions without which the endpoint's dialects cannot be charged: `input` and `output` for chat,
 * `input` for embeddings, `request` or `image` for others. A model without a price is not served, so a
 * card has to price them in every row, on the side of the customer and of the provider; a price of zero has to be
 * written down.
 */
export function rateCardProblem(
  card: Omit<RateCard, 'priceVersion'>,
  required: readonly RateDimension[] = ['input', 'output'],
): string | null {
  if (!card.rows.some(isUnconditional)) return 'no row applies to every request: one without conditions is needed';
  for (const [index, row] of card.rows.entries()) {
    const missing = required.find(
      (dimension) => row.sell[dimension] === undefined || row.cost[dimension] === undefined,
    );
    if (missing !== undefined) return `row ${index + 1} has no price for ${missing}`;
    for (const dimension of rateDimensions) {
      const problem = rateProblem(row, dimension, card.cachePolicy);
      if (problem !== null) return `row ${index + 1} ${problem}`;
    }
  }
  return null;
}

function rateProblem(row: RateRow, dimension: RateDimension, policy: string | undefined): string | null {
  const [sell, cost, absorbed] = [row.sell[dimension], row.cost[dimension], row.absorbed?.[dimension]];
  if ([sell, cost, absorbed].some((rate) => rate !== undefined && rate < 0n))
    return `has a negative price for ${dimension}`;
  if (absorbed === undefined) return null;
  if (policy === undefined) return `absorbs a part of ${dimension} under no policy`;
  return sell === undefined ? `absorbs a part of ${dimension} without a price for it` : null;
}

/** Whether the row applies to every request that no later row applies to. */
export function isUnconditional(row: RateRow): boolean {
  return row.minInputTokens === 0 && row.serviceTier === null && row.utcWindow === null && row.startsAt === null;
}
