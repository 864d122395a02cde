import { accountIdSchema, encodeWireId, topics, type AccountId } from '@apilink/contracts';
import { encodeEvent, type OutgoingEvent } from '@apilink/events';
import { v5 as uuidv5 } from 'uuid';
import { z } from 'zod';

import { LEDGER_NAMESPACE } from './ledger-account.domain.js';

/** What `credit.granted` tells, as the tables keep it. */
export interface GrantedFacts {
  readonly accountId: AccountId;
  readonly transferId: string;
  /** The customer's balance after it and its version in the ledger. */
  readonly postedNanoUsd: bigint;
  readonly ledgerVersion: bigint;
  /** The database's clock, ms since the epoch. */
  readonly postedAt: number;
  readonly amountNanoUsd: bigint;
  readonly reason: string;
  readonly actor: string;
}

/** Its id is the transfer's: told again, it is the same event. */
export function creditGrantedEvent(facts: GrantedFacts): OutgoingEvent {
  const { ledgerVersion, postedAt, ...body } = facts;
  return encodeEvent(topics.ledger, {
    key: z.encode(accountIdSchema, facts.accountId),
    id: encodeWireId('evt', facts.transferId),
    type: 'credit.granted',
    source: 'billing',
    time: postedAt,
    body: {
      accountId: body.accountId,
      transferId: body.transferId,
      postedNanoUsd: body.postedNanoUsd,
      version: Number(ledgerVersion),
      postedAt,
      amountNanoUsd: body.amountNanoUsd,
      reason: body.reason,
      actor: body.actor,
    },
  });
}

/** What `account.changed` tells: the account as one of its versions left it. */
export interface AccountChange {
  readonly accountId: AccountId;
  readonly version: number;
  readonly name: string;
  readonly status: 'active' | 'suspended';
  readonly timeZone: string;
  /** The database's clock, ms since the epoch. */
  readonly changedAt: number;
}

/** Its id is that of the account's version: told again, it is the same event. */
export function accountChangedEvent({ version, ...body }: AccountChange): OutgoingEvent {
  return encodeEvent(topics.ledger, {
    key: z.encode(accountIdSchema, body.accountId),
    id: encodeWireId('evt', uuidv5(`account_changed:${body.accountId}:${version}`, LEDGER_NAMESPACE)),
    type: 'account.changed',
    source: 'billing',
    time: body.changedAt,
    body,
  });
}
