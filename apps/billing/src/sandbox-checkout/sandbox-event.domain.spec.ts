import { describe, expect, it } from '@jest/globals';

import { ChannelEventError, type ChannelFact } from '../payment/payment-channel.domain.js';
import { readSandboxEvent, SANDBOX_PAYER, SANDBOX_SIGNATURE, signSandboxEvent } from './sandbox-event.domain.js';

const SECRET = 's'.repeat(32);
const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const named = { eventId: 'e1', orderId: '019a9d3c-5b1e-7c2d-8f3a-0123456789ab', reference: 'sbx_1' };
const paid: ChannelFact = {
  kind: 'paid',
  payment: {
    paymentReference: 'p1',
    currency: 'CNY',
    minorUnits: 9_999_999_999_999n,
    payer: SANDBOX_PAYER,
    paidAt: NOW,
  },
};

function read(posted: ReturnType<typeof signSandboxEvent>, secret = SECRET, now = NOW) {
  return readSandboxEvent({ signature: posted.headers[SANDBOX_SIGNATURE], rawBody: posted.rawBody }, secret, now);
}

describe('events of the sandbox', () => {
  it.each([paid, { kind: 'declined', reason: 'the payer declined' }, { kind: 'expired' }] as const)(
    'come back as they were signed: $kind',
    (fact) => {
      expect(read(signSandboxEvent({ ...named, fact }, SECRET, NOW))).toEqual({ ...named, fact });
    },
  );

  it('are refused with one byte changed, under another secret, or after five minutes', () => {
    const posted = signSandboxEvent({ ...named, fact: paid }, SECRET, NOW);
    const rawBody = Buffer.from(posted.rawBody);
    rawBody[20] = (rawBody[20] ?? 0) ^ 1;
    expect(() => read({ ...posted, rawBody })).toThrow('its signature is wrong');
    expect(() => read(posted, 'o'.repeat(32))).toThrow('its signature is wrong');
    expect(() => read(posted, SECRET, NOW + 301_000)).toThrow('it was signed too long ago');
    expect(read(posted, SECRET, NOW + 299_000).eventId).toBe('e1');
  });

  it.each([undefined, '', 't=1', 'v1=00', 't=x,v1=y', `t=1,v1=${'0'.repeat(63)}`])(
    'are refused signed as %j',
    (signature) => {
      expect(() => readSandboxEvent({ signature, rawBody: Buffer.from('{}') }, SECRET, NOW)).toThrow(ChannelEventError);
    },
  );

  it('that tell of a payment without one are none', () => {
    const posted = signSandboxEvent({ ...named, fact: { kind: 'expired' } }, SECRET, NOW);
    const text = posted.rawBody.toString().replace('checkout.expired', 'payment.paid');
    expect(() => read({ ...posted, rawBody: Buffer.from(text) })).toThrow(ChannelEventError);
  });
});
