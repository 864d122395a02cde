import { paymentsApi } from '@apilink/contracts';
import type { z } from 'zod';

export type Currency = z.output<typeof paymentsApi.currencySchema>;

const signs: Readonly<Record<Currency, string>> = { USD: '$', CNY: '¥' };

/** What an amount that cannot be read is answered with. */
export const amountSentence = 'Expected an amount above zero with at most two decimals, like 25 or 99.50.';
export const currencySentence = 'Expected USD or CNY.';

/** Dollars or yuan with at most two decimals, as whole cents or fen; exact. Null for anything else, and for zero. */
export function parseMinorUnits(text: string): bigint | null {
  const [, whole, fraction = ''] = /^(0|[1-9]\d{0,10})(?:\.(\d{1,2}))?$/.exec(text) ?? [];
  const units = whole === undefined ? 0n : BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0'));
  return units > 0n ? units : null;
}

/** Null when it is none of ours; case does not count. */
export function parseCurrency(text: string): Currency | null {
  return paymentsApi.currencySchema.safeParse(text.toUpperCase()).data ?? null;
}

/** `$25.00`, `¥100.00`. */
export function moneyText(currency: Currency, minorUnits: bigint): string {
  const digits = minorUnits.toString().padStart(3, '0');
  return `${signs[currency]}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
