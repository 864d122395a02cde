import { z } from 'zod';

/**
 * An id is a UUIDv7 in memory and in tables, and a prefix with 26 Crockford base32 characters of the same 128 bits on
 * the wire (`acc_01jd…`). The schemas below are codecs: `parse` reads the wire form, `z.encode` writes it.
 */
const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const HEX = /^[0-9a-fA-F]{32}$/;
const WIRE_BODY = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;
/** The value of each character, by its code: ids are read and written for every event, and a BigInt for each is dear. */
const VALUE_OF = new Uint8Array(128);
for (let value = 0; value < 32; value++) VALUE_OF[CROCKFORD.charCodeAt(value)] = value;
/** Two characters for every ten bits. */
const PAIRS = Array.from({ length: 1_024 }, (_, value) => CROCKFORD.charAt(value >> 5) + CROCKFORD.charAt(value & 31));

export type IdPrefix =
  | 'acc'
  | 'ws'
  | 'key'
  | 'gen'
  | 'usr'
  | 'lot'
  | 'grt'
  | 'req'
  | 'evt'
  | 'whk'
  | 'dlv'
  | 'ord'
  | 'sus'
  | 'fxq'
  | 'rfd'
  | 'cbk';

/** Writes a UUID in its wire form: its first 8 bits are two characters, each 20 bits of the rest are four. */
export function encodeWireId(prefix: IdPrefix, uuid: string): string {
  const hex = uuid.replaceAll('-', '');
  if (!HEX.test(hex)) throw new TypeError(`${uuid} is no UUID`);
  let wire = `${prefix}_${pair(Number.parseInt(hex.slice(0, 2), 16))}`;
  for (let index = 2; index < 32; index += 5) {
    const bits = Number.parseInt(hex.slice(index, index + 5), 16);
    wire += pair(bits >> 10) + pair(bits & 1_023);
  }
  return wire;
}

/** Reads a wire id; null when it has another prefix or is no id at all. */
export function decodeWireId(prefix: IdPrefix, wire: string): string | null {
  return isWireId(prefix, wire) ? uuidOf(wire, prefix.length + 1) : null;
}

function isWireId(prefix: IdPrefix, wire: string): boolean {
  return wire.startsWith(`${prefix}_`) && WIRE_BODY.test(wire.slice(prefix.length + 1));
}

function uuidOf(wire: string, start: number): string {
  let hex = ((valueAt(wire, start) << 5) | valueAt(wire, start + 1)).toString(16).padStart(2, '0');
  for (let index = start + 2; index < start + 26; index += 4) {
    const high = (valueAt(wire, index) << 15) | (valueAt(wire, index + 1) << 10);
    const bits = high | (valueAt(wire, index + 2) << 5) | valueAt(wire, index + 3);
    hex += bits.toString(16).padStart(5, '0');
  }
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function valueAt(wire: string, index: number): number {
  return VALUE_OF[wire.charCodeAt(index)] ?? 0;
}

function pair(bits: number): string {
  return PAIRS[bits] ?? '';
}

function wireText(prefix: IdPrefix) {
  return z.string().refine((text) => isWireId(prefix, text), {
    error: `expected an id like ${prefix}_ and 26 characters`,
  });
}

function coding(prefix: IdPrefix) {
  return {
    // What is no id was refused before.
    decode: (text: string): string => uuidOf(text, prefix.length + 1),
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
export const refundIdSchema = z.codec(wireText('rfd'), z.uuid().brand<'RefundId'>(), coding('rfd'));
export const chargebackIdSchema = z.codec(wireText('cbk'), z.uuid().brand<'ChargebackId'>(), coding('cbk'));
export const fxQuoteIdSchema = z.codec(wireText('fxq'), z.uuid(), coding('fxq'));

export const webhookIdSchema = z.codec(wireText('whk'), z.uuid().brand<'WebhookId'>(), coding('whk'));
export const deliveryIdSchema = z.codec(wireText('dlv'), z.uuid().brand<'DeliveryId'>(), coding('dlv'));

/** A UUID in memory; see the codecs for the wire form. */
export type AccountId = z.output<typeof accountIdSchema>;
export type WorkspaceId = z.output<typeof workspaceIdSchema>;
export type KeyId = z.output<typeof keyIdSchema>;
/** One admitted request = one generation = one hold. */
export type GenerationId = z.output<typeof generationIdSchema>;
export type RefundId = z.output<typeof refundIdSchema>;
export type ChargebackId = z.output<typeof chargebackIdSchema>;
/** One paid top-up, or a gift. */
export type LotId = z.output<typeof lotIdSchema>;
/** An address that is told of events. */
export type WebhookId = z.output<typeof webhookIdSchema>;
/** One event for one webhook. */
export type DeliveryId = z.output<typeof deliveryIdSchema>;
export type UserId = z.output<typeof userIdSchema>;
/** A top-up that is to be paid at a channel's checkout. */
export type PaymentOrderId = z.output<typeof paymentOrderIdSchema>;
/** Money that arrived and belongs to nobody yet. */
export type SuspenseId = z.output<typeof suspenseIdSchema>;
