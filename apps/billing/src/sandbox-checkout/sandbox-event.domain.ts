import { createHmac, timingSafeEqual } from 'node:crypto';

import { z } from 'zod';

import { illegalState } from '../illegal-state.domain.js';
import { ChannelEventError, type ChannelEvent, type ChannelPayment } from '../payment/payment-channel.domain.js';

export const SANDBOX_SIGNATURE = 'x-sandbox-signature';
/** An event that was signed longer ago is a replay of somebody else's. */
const AGE_S_MAX = 300;

const paymentSchema = z.object({
  reference: z.string().min(1).max(200),
  currency: z.enum(['USD', 'CNY']),
  minorUnits: z.string().regex(/^[1-9]\d{0,12}$/),
  paidAt: z.number().int().min(0),
});
const eventSchema = z.object({
  id: z.string().min(1).max(200),
  type: z.enum(['payment.paid', 'payment.declined', 'checkout.expired']),
  orderId: z.uuid(),
  reference: z.string().min(1).max(200),
  payment: paymentSchema.optional(),
});
type WireEvent = z.output<typeof eventSchema>;

/** Who pays in the sandbox; kept with the lot as a real channel's payer is. */
export const SANDBOX_PAYER = 'Sandbox payer';

/** The bytes that the sandbox posts, and the header that signs them: `t=<seconds>,v1=<hex HMAC-SHA-256 of t.body>`. */
export function signSandboxEvent(
  event: ChannelEvent & { orderId: string; reference: string },
  secret: string,
  at: number,
) {
  const rawBody = Buffer.from(JSON.stringify(wireOf(event)));
  const seconds = Math.floor(at / 1000);
  return { headers: { [SANDBOX_SIGNATURE]: `t=${seconds},v1=${digest(secret, seconds, rawBody)}` }, rawBody };
}

/** @throws ChannelEventError when the signature is not ours, too old, or the body is none of the sandbox's */
export function readSandboxEvent(
  { signature, rawBody }: { readonly signature: string | undefined; readonly rawBody: Buffer },
  secret: string,
  now: number,
): ChannelEvent {
  const [, time = '', given = ''] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(signature ?? '') ?? [];
  if (given === '') throw new ChannelEventError('its signature is missing or malformed');
  const expected = digest(secret, Number(time), rawBody);
  if (!timingSafeEqual(Buffer.from(given), Buffer.from(expected)))
    throw new ChannelEventError('its signature is wrong');
  if (Math.abs(now / 1000 - Number(time)) > AGE_S_MAX) throw new ChannelEventError('it was signed too long ago');
  const read = eventSchema.safeParse(parsed(rawBody));
  if (!read.success) throw new ChannelEventError('its body cannot be read');
  return eventOf(read.data);
}

function digest(secret: string, seconds: number, rawBody: Buffer): string {
  return createHmac('sha256', secret).update(`${seconds}.`).update(rawBody).digest('hex');
}

function wireOf({
  eventId,
  orderId,
  reference,
  fact,
}: ChannelEvent & { orderId: string; reference: string }): WireEvent {
  const named = { id: eventId, orderId, reference };
  switch (fact.kind) {
    case 'paid': {
      const { paymentReference, currency, minorUnits, paidAt } = fact.payment;
      const payment = { reference: paymentReference, currency, minorUnits: minorUnits.toString(), paidAt };
      return { ...named, type: 'payment.paid', payment };
    }
    case 'declined':
      return { ...named, type: 'payment.declined' };
    case 'expired':
      return { ...named, type: 'checkout.expired' };
  }
  return illegalState(fact);
}

function eventOf({ id, type, orderId, reference, payment }: WireEvent): ChannelEvent {
  const named = { eventId: id, orderId, reference };
  switch (type) {
    case 'payment.paid':
      if (payment === undefined) throw new ChannelEventError('it tells of a payment without one');
      return { ...named, fact: { kind: 'paid', payment: paymentOf(payment) } };
    case 'payment.declined':
      return { ...named, fact: { kind: 'declined', reason: 'the payer declined' } };
    case 'checkout.expired':
      return { ...named, fact: { kind: 'expired' } };
  }
  return illegalState(type);
}

function paymentOf({ reference, currency, minorUnits, paidAt }: z.output<typeof paymentSchema>): ChannelPayment {
  return { paymentReference: reference, currency, minorUnits: BigInt(minorUnits), payer: SANDBOX_PAYER, paidAt };
}

function parsed(rawBody: Buffer): unknown {
  try {
    return JSON.parse(rawBody.toString('utf8'));
  } catch {
    return null;
  }
}
