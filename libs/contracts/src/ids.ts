import { z } from 'zod';

/**
 * An id is a UUIDv7 in memory and in tables, and a prefix with 26 Crockford base32 characters of the same 128 bits on
 * the wire (`acc_01jd…`). The schemas below are codecs: `parse` reads the wire form, `z.encode` writes it.
 */
const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const WIRE_BODY = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

export type IdPrefix =
  'acc' | 'ws' | 'key' | 'gen' | 'usr' | 'lot' | 'grt' | 'req' | 'evt' | 'ord' | 'sus' | 'fxq' | 'rfd' | 'cbk';

/** Writes a UUID in its wire form. */
export function encodeWireId(prefix: IdPrefix, uuid: string): string {
  let value = BigInt(`0x${uuid.replaceAll('-', '')}`);
  let body = '';
  for (let index = 0; index < 26; index++) {
    body = CROCKFORD.charAt(Number(value & 31n)) + body;
    value >>= 5n;
  }
  return `${prefix}_${body}`;
}

/** Reads a wire id; null when it has another prefix or is no id at all. */
export function decodeWireId(prefix: IdPrefix, wire: string): string | null {
  if (!wire.startsWith(`${prefix}_`)) return null;
  const body = wire.slice(prefix.length + 1);
  if (!WIRE_BODY.test(body)) return null;
  let value = 0n;
  for (const character of body) value = (value << 5n) | BigInt(CROCKFORD.indexOf(character));
  const hex = value.toString(16).padStart(32, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function wireText(prefix: IdPrefix) {
  return z.string().refine((text) => decodeWireId(prefix, text) !== null, {
    error: `expected an id like ${prefix}_ and 26 characters`,
  });
}

function coding(prefix: IdPrefix) {
  return {
    decode: (text: string): string => decodeWireId(prefix, text) ?? '',
    encode: (uuid: string): string => encodeWireId(prefix, uuid),
  };
}

export const accountIdSchema = z.codec(wireText('acc'), z.uuid().brand<'AccountId'>(), coding('acc'));
export const workspaceIdSchema = z.codec(wireText('ws'), z.uuid().brand<'WorkspaceId'>(), coding('ws'));
export const keyIdSchema = z.codec(wireText('key'), z.uuid().brand<'KeyId'>(), coding('key'));
export const generationIdSchema = z.codec(wireText('gen'), z.uuid().brand<'GenerationId'>(), coding('gen'));
export const lotIdSchema = z.codec(wireText('lot'), z.uuid().brand<'LotId'>(), coding('lot'));
export const userIdSchema = z.codec(wireText('usr'), z.uuid().brand<'UserId'>(), coding('usr'));

export const paymentOrderIdSchema = z.codec(wireText('ord'), z.uuid().brand<'PaymentOrderId'>(), coding('ord'));
export const suspenseIdSchema = z.codec(wireText('sus'), z.uuid().brand<'SuspenseId'>(), coding('sus'));

/** A UUID in memory; see the codecs for the wire form. */
export type AccountId = z.output<typeof accountIdSchema>;
export type WorkspaceId = z.output<typeof workspaceIdSchema>;
export type KeyId = z.output<typeof keyIdSchema>;
/** One admitted request = one generation = one hold. */
export type GenerationId = z.output<typeof generationIdSchema>;
/** One paid top-up. */
export type LotId = z.output<typeof lotIdSchema>;
export type UserId = z.output<typeof userIdSchema>;
/** A top-up that is to be paid at a channel's checkout. */
export type PaymentOrderId = z.output<typeof paymentOrderIdSchema>;
/** Money that arrived and belongs to nobody yet. */
export type SuspenseId = z.output<typeof suspenseIdSchema>;
