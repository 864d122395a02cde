/** Integer nano-USD, 10^-9 USD. Never a float, never a `number`. */
export type NanoUsd = bigint;
