import type { Fen } from '@apilink/money';

/** RMB for people: yuan with two decimals, exact. */
export function yuanText(fen: Fen): string {
  const digits = (fen < 0n ? 0n - fen : fen).toString().padStart(3, '0');
  return `${fen < 0n ? '-' : ''}¥${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
