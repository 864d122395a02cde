import { MoneyInvariantError } from './money-invariant.js';

/** Integer nano-USD, 10^-9 USD. Never a float, never a `number`. */
export type NanoUsd = bigint;

const NANO_PER_USD = 1_000_000_000n;

/**
 * The ceiling of one account's figures: the gate's Lua numbers are doubles, exact below 2^53 (docs/money.md, "Units").
 * Above it a sum is refused instead of rounded.
 */
export const NANO_USD_CEILING: NanoUsd = 9_000_000_000_000_000n;

/** Nine whole digits hold the ceiling a hundred times over and bound the work that a hostile text can cause. */
const usdPattern = /^(0|[1-9]\d{0,8})(?:\.(\d{1,9}))?$/;

/**
 * `"12.5"` → 12_500_000_000n. Null for anything but plain decimal notation with at most nine decimals: a sign, an
 * exponent, a separator or a tenth decimal is refused, because guessing or rounding an amount would move money.
 */
export function parseUsd(text: string): NanoUsd | null {
  const match = usdPattern.exec(text);
  if (match === null) return null;
  const [, whole = '0', fraction = ''] = match;
  return BigInt(whole) * NANO_PER_USD + BigInt(fraction.padEnd(9, '0'));
}

/** Exact, always nine decimals: 12_345n → `"0.000012345"`. */
export function formatUsd(amount: NanoUsd): string {
  const sign = amount < 0n ? '-' : '';
  const digits = (amount < 0n ? -amount : amount).toString().padStart(10, '0');
  return `${sign}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

/**
 * For `usage.cost` alone, where the OpenAI-compatible field is a JSON number: the double nearest to the exact amount,
 * which prints as that amount below 2^23 USD. Never computed with.
 */
export function usdNumber(amount: NanoUsd): number {
  return Number(amount) / 1_000_000_000;
}

/**
 * The sum, which is refused beyond the ceiling in either direction.
 * @throws MoneyInvariantError `above_ceiling`
 */
export function sumNanoUsd(amounts: Iterable<NanoUsd>): NanoUsd {
  let sum = 0n;
  for (const amount of amounts) sum += amount;
  if (sum > NANO_USD_CEILING || sum < -NANO_USD_CEILING) {
    throw new MoneyInvariantError('above_ceiling', `a sum of ${sum} nano-USD is beyond ${NANO_USD_CEILING}`);
  }
  return sum;
}
