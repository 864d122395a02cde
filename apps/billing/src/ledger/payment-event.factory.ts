import {
  accountIdSchema,
  encodeWireId,
  topics,
  type AccountId,
  type ChargebackOpened,
  type GapWrittenOff,
  type TopupPaid,
  type TopupRefunded,
} from '@apilink/contracts';
import { encodeEvent, type OutgoingEvent } from '@apilink/events';
import { z } from 'zod';

/** The body of an event as the tables keep it: its version is the customer's in the ledger. */
export type PaymentFacts<Body extends { readonly version: number }> = Omit<Body, 'version'> & {
  readonly ledgerVersion: bigint;
};

/** The id of each of these is its transfer's: told again, it is the same event. */
export function topupPaidEvent(facts: PaymentFacts<TopupPaid>): OutgoingEvent {
  const { ledgerVersion, ...body } = facts;
  const version = Number(ledgerVersion);
  return encodeEvent(topics.ledger, { ...envelopeOf(facts), type: 'topup.paid', body: { ...body, version } });
}

export function topupRefundedEvent(facts: PaymentFacts<TopupRefunded>): OutgoingEvent {
  const { ledgerVersion, ...body } = facts;
  const version = Number(ledgerVersion);
  return encodeEvent(topics.ledger, { ...envelopeOf(facts), type: 'topup.refunded', body: { ...body, version } });
}

export function chargebackOpenedEvent(facts: PaymentFacts<ChargebackOpened>): OutgoingEvent {
  const { ledgerVersion, ...body } = facts;
  const version = Number(ledgerVersion);
  return encodeEvent(topics.ledger, { ...envelopeOf(facts), type: 'chargeback.opened', body: { ...body, version } });
}

export function gapWrittenOffEvent(facts: PaymentFacts<GapWrittenOff>): OutgoingEvent {
  const { ledgerVersion, ...body } = facts;
  const version = Number(ledgerVersion);
  return encodeEvent(topics.ledger, {
    ...envelopeOf(facts),
    type: 'chargeback.written_off',
    body: { ...body, version },
  });
}

interface Told {
  readonly accountId: AccountId;
  readonly transferId: string;
  readonly postedAt: number;
}

function envelopeOf({ accountId, transferId, postedAt }: Told) {
  return {
    key: z.encode(accountIdSchema, accountId),
    id: encodeWireId('evt', transferId),
    source: 'billing',
    time: postedAt,
  };
}
