import type { ReceiptLine } from '@apilink/contracts';
import { formatUsd } from '@apilink/money';
import {
  costOf,
  type Cost,
  type CostLine,
  type RateCard,
  type RateDimension,
  type UsageVector,
} from '@apilink/pricing';

/** Dimensions whose prices are told per unit; those of all others, tokens and characters, per million. */
const PER_UNIT: ReadonlySet<RateDimension> = new Set<RateDimension>([
  'request',
  'image',
  'seconds',
  'webSearch',
  'rerankSearch',
]);

export interface MeteredUsage {
  readonly usage: UsageVector;
  readonly card: RateCard;
  readonly serviceTier: string | null;
  /** The admission instant, ms since the epoch. */
  readonly at: number;
}

/** What was used at the prices that its hold pinned: the same computation as the charge's. */
export function meteredCost({ usage, card, serviceTier, at }: MeteredUsage): Cost {
  return costOf(usage, card, { side: 'sell', at, serviceTier });
}

export function receiptLineOf({ dimension, units, rateFemtoUsd, amountFemtoUsd }: CostLine): ReceiptLine {
  const rate = PER_UNIT.has(dimension)
    ? { rate_usd_per_unit: usdOfFemto(rateFemtoUsd) }
    : // Femto-USD per unit are billionths of USD per million units.
      { rate_usd_per_million: formatUsd(rateFemtoUsd) };
  return { dimension, units, ...rate, amount_femto_usd: amountFemtoUsd.toString() };
}

/** Exact: fifteen decimals, without the zeros that say nothing. */
function usdOfFemto(femto: bigint): string {
  const digits = femto.toString().padStart(16, '0');
  return `${digits.slice(0, -15)}.${digits.slice(-15)}`.replace(/(\.\d{2}\d*?)0+$/, '$1');
}
