import { MoneyInvariantError } from './money-invariant.js';
import type { NanoUsd } from './nano-usd.js';

/** Integer 分, 10^-2 CNY. */
export type Fen = bigint;

/** CNY for one USD × 10^8, the spread included: the exact integer behind Postgres' `numeric(18,8)`. */
export type FxRate = bigint;

const fxRatePattern = /^(0|[1-9]\d{0,9})(?:\.(\d{1,8}))?$/;
const BASIS_POINTS = 10_000n;

/** `"7.1234"` → 712_340_000n; null when it does not fit numeric(18,8) in plain notation, or is zero. */
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
 * What a customer pays for a dollar where the market asks `market`: dearer by the spread, rounded up to the next 10^-8.
 * @throws MoneyInvariantError `not_positive` for a rate of zero or a negative spread
 */
export function rateWithSpread(market: FxRate, spreadBasisPoints: bigint): FxRate {
  if (market <= 0n || spreadBasisPoints < 0n) {
    throw new MoneyInvariantError(
      'not_positive',
      `a spread of ${spreadBasisPoints} bp on ${market} × 10^-8 CNY per USD`,
    );
  }
  return (market * (BASIS_POINTS + spreadBasisPoints) + BASIS_POINTS - 1n) / BASIS_POINTS;
}

/**
 * The credit of an RMB top-up: floor(fen at the rate). One fen is 10^7 nano-CNY and the rate carries 10^8.
 * @throws MoneyInvariantError `not_positive` for a negative amount or a rate below 10^-8
 */
export function creditOfFen(amount: Fen, cnyPerUsd: FxRate): NanoUsd {
  if (amount < 0n || cnyPerUsd <= 0n) {
    throw new MoneyInvariantError('not_positive', `${amount} fen at ${cnyPerUsd} × 10^-8 CNY per USD`);
  }
  return (amount * 1_000_000_000_000_000n) / cnyPerUsd;
}

/** Integer US cents, 10^-2 USD, as payment channels count. */
export type Cents = bigint;

/**
 * The credit of a top-up in USD: one cent is 10^7 nano-USD.
 * @throws MoneyInvariantError `not_positive` for a negative amount
 */
export function creditOfCents(amount: Cents): NanoUsd {
  if (amount < 0n) throw new MoneyInvariantError('not_positive', `${amount} cents`);
  return amount * 10_000_000n;
}

/**
 * How much of a payment a part of its credit stands for: floor(paid × part / whole). Of a cumulative part, so that the
 * portions of a payment never add up to more than it.
 * @throws MoneyInvariantError `not_positive` for a credit of zero, or a part that is none of it
 */
export function shareOfPayment(paidMinorUnits: bigint, part: NanoUsd, whole: NanoUsd): bigint {
  if (whole <= 0n || part < 0n || part > whole) {
    throw new MoneyInvariantError('not_positive', `${part} of a credit of ${whole} nano-USD`);
  }
  return (paidMinorUnits * part) / whole;
}
