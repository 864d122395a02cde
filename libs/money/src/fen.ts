import { MoneyInvariantError } from './money-invariant.js';
import type { NanoUsd } from './nano-usd.js';

/** Integer 分, 10^-2 CNY. */
export type Fen = bigint;

/** USD per CNY × 10^8: the exact integer behind Postgres' `numeric(18,8)`. */
export type FxRate = bigint;

const fxRatePattern = /^(0|[1-9]\d{0,9})(?:\.(\d{1,8}))?$/;

/** `"0.13981234"` → 13_981_234n; null when it does not fit numeric(18,8) in plain notation, or is zero. */
export function parseFxRate(text: string): FxRate | null {
  const match = fxRatePattern.exec(text);
  if (match === null) return null;
  const [, whole = '0', fraction = ''] = match;
  const rate = BigInt(whole) * 100_000_000n + BigInt(fraction.padEnd(8, '0'));
  return rate === 0n ? null : rate;
}

/** As Postgres prints numeric(18,8): always eight decimals. */
export function formatFxRate(rate: FxRate): string {
  const digits = rate.toString().padStart(9, '0');
  return `${digits.slice(0, -8)}.${digits.slice(-8)}`;
}

/**
 * The credit of an RMB top-up: floor(fen × rate). One fen is 10^7 nano-CNY and the rate carries 10^8, so the product is
 * divided by ten.
 * @throws MoneyInvariantError `not_positive` for a negative amount or a rate below 10^-8
 */
export function creditOfFen(amount: Fen, usdPerCny: FxRate): NanoUsd {
  if (amount < 0n || usdPerCny <= 0n) {
    throw new MoneyInvariantError('not_positive', `${amount} fen at ${usdPerCny} × 10^-8 USD per CNY`);
  }
  return (amount * usdPerCny) / 10n;
}
