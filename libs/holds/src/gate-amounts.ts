import { NANO_USD_CEILING } from '@apilink/contracts';
import type { NanoUsd } from '@apilink/money';

/** Every sum of the gate stays exact in a double (Redis Lua); more than this is a mistake of the caller. */
export function checkAmount(amount: NanoUsd, name: string): void {
  if (amount < 0n || amount > NANO_USD_CEILING) {
    throw new RangeError(`${name} must be between 0 and ${NANO_USD_CEILING} nano-USD, not ${amount}`);
  }
}

/** Tokens and milliseconds: whole, and few enough for a bucket. */
export function checkCount(count: number, name: string): void {
  if (!Number.isSafeInteger(count) || count < 0 || count > 100_000_000_000) {
    throw new RangeError(`${name} must be an integer between 0 and 10^11, not ${count}`);
  }
}
