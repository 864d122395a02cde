import { paymentsApi } from '@apilink/contracts';
import { InvalidArgumentError } from 'commander';
import type { z } from 'zod';

export type Currency = z.output<typeof paymentsApi.currencySchema>;

const signs: Readonly<Record<Currency, string>> = { USD: '$', CNY: '¥' };

/** Dollars or yuan with at most two decimals, as whole cents or fen; exact. Throws commander's InvalidArgumentError. */
export function minorUnitsOption(text: string): bigint {
  const [, whole, fraction = ''] = /^(0|[1-9]\d{0,10})(?:\.(\d{1,2}))?$/.exec(text) ?? [];
  const units = whole === undefined ? 0n : BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0'));
  if (units === 0n)
    throw new InvalidArgumentError('Expected an amount above zero with at most two decimals, like 25 or 99.50.');
  return units;
}

/** `$25.00`, `¥100.00`. */
export function moneyText(currency: Currency, minorUnits: bigint): string {
  const digits = minorUnits.toString().padStart(3, '0');
  return `${signs[currency]}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

export function currencyOption(text: string): Currency {
  const read = paymentsApi.currencySchema.safeParse(text.toUpperCase());
  if (read.success) return read.data;
  throw new InvalidArgumentError('Expected USD or CNY.');
}
