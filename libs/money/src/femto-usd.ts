import type { NanoUsd } from './nano-usd.js';

/**
 * Integer femto-USD, 10^-15 USD: rates (femto-USD per unit = USD per million units × 10^9) and the lines of a cost.
 * Nano is too coarse for them: a cache read at $0.0028 per million is 2.8 nano-USD a token.
 */
export type FemtoUsd = bigint;

export const FEMTO_PER_NANO = 1_000_000n;

const ratePattern = /^(0|[1-9]\d{0,8})(?:\.(\d{1,9}))?$/;

/**
 * USD per million units, as price lists print it, to femto-USD per unit: `"2.5"` → 2_500_000_000n. Null for anything but
 * plain decimal notation with at most nine decimals.
 */
export function parseRate(text: string): FemtoUsd | null {
  const match = ratePattern.exec(text);
  if (match === null) return null;
  const [, whole = '0', fraction = ''] = match;
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** A price of one unit (a request, an image, a search) as a rate: $0.01 = 10_000_000n nano → 10^13 femto. */
export function rateOfOneUnit(priceOfOne: NanoUsd): FemtoUsd {
  return priceOfOne * FEMTO_PER_NANO;
}

/** What is charged: the one rounding of a request, up. */
export function ceilFemtoToNano(amount: FemtoUsd): NanoUsd {
  const whole = amount / FEMTO_PER_NANO;
  return whole * FEMTO_PER_NANO < amount ? whole + 1n : whole;
}

/** What is given back: down, so that a refund never exceeds what was paid. */
export function floorFemtoToNano(amount: FemtoUsd): NanoUsd {
  const whole = amount / FEMTO_PER_NANO;
  return whole * FEMTO_PER_NANO > amount ? whole - 1n : whole;
}
