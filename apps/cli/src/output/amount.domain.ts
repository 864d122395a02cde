import { formatUsd, type NanoUsd } from '@apilink/money';

/** USD for people: exact, always nine decimals, so that right-aligned columns line up. */
export function usdText(amount: NanoUsd): string {
  return `$${formatUsd(amount)}`.replace('$-', '-$');
}

/** USD or a dash where there is no cap or budget. */
export function usdOrNone(amount: NanoUsd | null): string {
  return amount === null ? '-' : usdText(amount);
}
