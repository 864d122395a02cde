import { z } from 'zod';

/** Integer nano-USD (10^-9 USD): a decimal string on the wire, a bigint in memory, never a JSON number. */
export const nanoUsdSchema = z.codec(z.string().regex(/^(0|-?[1-9]\d{0,18})$/), z.bigint(), {
  decode: (text) => BigInt(text),
  encode: (amount) => amount.toString(),
});

/** The ceiling of one account's balance: every sum stays exact in a double of the gate (2^53 nano-USD is about $9.0 M). */
export const NANO_USD_CEILING = 9_000_000_000_000_000n;

const amountCoding = {
  decode: (text: string): bigint => BigInt(text),
  encode: (amount: bigint): string => amount.toString(),
};

/** Zero or more nano-USD, at most the ceiling. */
export const nanoUsdAmountSchema = z.codec(
  z.string().regex(/^(0|[1-9]\d{0,15})$/),
  z.bigint().min(0n).max(NANO_USD_CEILING),
  amountCoding,
);

/** One nano-USD or more, at most the ceiling. */
export const positiveNanoUsdSchema = z.codec(
  z.string().regex(/^[1-9]\d{0,15}$/),
  z.bigint().min(1n).max(NANO_USD_CEILING),
  amountCoding,
);

/** Integer minor units of a currency: cents or fen (分), a decimal string on the wire. */
export const minorUnitsSchema = z.codec(z.string().regex(/^(0|[1-9]\d{0,15})$/), z.bigint().min(0n), amountCoding);

/** Integer femto-USD per unit (USD per million units × 10^9), a decimal string on the wire. */
export const femtoRateSchema = z.codec(z.string().regex(/^(0|[1-9]\d{0,17})$/), z.bigint().min(0n), {
  decode: (text) => BigInt(text),
  encode: (rate) => rate.toString(),
});

/** An instant: ISO 8601 with milliseconds in UTC on the wire, milliseconds since the epoch in memory. */
export const instantSchema = z.codec(z.iso.datetime({ precision: 3 }), z.number().int().min(0), {
  decode: (text) => Date.parse(text),
  encode: (ms) => new Date(ms).toISOString(),
});
