import { accountIdSchema, lotIdSchema, NANO_USD_CEILING } from '@apilink/contracts';
import type { GateWriter } from '@apilink/holds';
import type { Database, Sql } from '@apilink/postgres';
import { ApiError } from '@apilink/service';
import { z } from 'zod';

import type { GateLoadService } from '../gate/gate-load.service.js';
import { creditGrantedEvent } from '../ledger/ledger-event.factory.js';
import { untouchedLot, type Lot } from '../lot/lot.domain.js';
import type { LotRepository } from '../lot/lot.repository.js';
import { postedOf, postGrant, type CustomerBalance } from '../ledger/ledger.domain.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import { gateBalanceOf } from '../settlement/gate-change.factory.js';
import type { OutboxWriter } from '../settlement/settlement-writer.service.js';
import type { StaffActionRepository } from '../staff-action/staff-action.repository.js';
import { grantTransferId, type CreditGrant } from './credit.domain.js';

export interface CreditParts {
  readonly database: Database;
  readonly ledger: LedgerRepository;
  readonly lots: LotRepository;
  readonly gateTeller: GateWriter;
  readonly loads: GateLoadService;
  readonly staffActions: StaffActionRepository;
  readonly writeOutbox: OutboxWriter;
}

export interface GrantedCredit {
  readonly transferId: string;
  readonly postedNanoUsd: bigint;
}

/** Grants credit that nobody paid for. */
export class CreditService {
  constructor(private readonly parts: CreditParts) {}

  /**
   * Resolves when ledger and gate both know the grant; a gate that is away is waited for 2 s and follows later. The same
   * request key again answers what the first one did.
   */
  async grant(grant: CreditGrant): Promise<GrantedCredit> {
    const granted = await this.parts.database.transaction((sql) => this.grantWithin(sql, grant));
    await this.parts.loads.follow(grant.accountId);
    return granted;
  }

  async grantWithin(sql: Sql, grant: CreditGrant): Promise<GrantedCredit> {
    const balance = (await this.parts.ledger.lockBalances(sql, [grant.accountId])).get(grant.accountId);
    if (balance === undefined) throw new ApiError('not_found', { detail: 'this account' });
    const transferId = grantTransferId(grant);
    const before = await findGrant(sql, transferId);
    if (before !== null) return { transferId, postedNanoUsd: repeated(before, grant, balance) };
    if (balance.creditedNanoUsd + grant.amountNanoUsd > NANO_USD_CEILING) {
      throw new ApiError('invalid_parameter', {
        param: 'amountNanoUsd',
        detail: 'the account would hold more than 9,000,000 USD',
      });
    }
    return { transferId, postedNanoUsd: await this.#post(sql, grant, balance) };
  }

  async #post(sql: Sql, grant: CreditGrant, before: CustomerBalance): Promise<bigint> {
    const { ledger, lots, gateTeller, staffActions, writeOutbox } = this.parts;
    const transferId = grantTransferId(grant);
    const { balance, entries } = postGrant(before, grant.amountNanoUsd);
    await ledger.insertTransfers(sql, [
      {
        transferId,
        kind: 'credit_granted',
        ref: `${grant.accountId}/${grant.requestKey}`,
        requestHash: `${grant.amountNanoUsd}`,
        actor: grant.actor,
        entries,
      },
    ]);
    const postedAt = await insertGrant(sql, transferId, grant);
    await lots.insert(sql, { ...giftOf(transferId, grant), ...noPayment });
    const [told = balance] = await ledger.updateBalances(sql, [balance]);
    await staffActions.record(sql, {
      actor: grant.actor,
      action: 'credit.grant',
      subject: z.encode(accountIdSchema, grant.accountId),
      detail: { amountNanoUsd: grant.amountNanoUsd, reason: grant.reason, transferId },
    });
    const { accountId, amountNanoUsd, reason, actor } = grant;
    const facts = { accountId, transferId, postedNanoUsd: postedOf(told), ledgerVersion: told.ledgerVersion, postedAt };
    await writeOutbox(sql, [creditGrantedEvent({ ...facts, amountNanoUsd, reason, actor })]);
    await gateTeller.write(sql, [{ accountId: grant.accountId, balance: gateBalanceOf(told) }]);
    return postedOf(told);
  }
}

function giftOf(transferId: string, { accountId, amountNanoUsd }: CreditGrant): Lot {
  return {
    lotId: lotIdSchema.out.parse(transferId),
    accountId,
    kind: 'promo',
    currency: 'USD',
    paidMinorUnits: 0n,
    creditNanoUsd: amountNanoUsd,
    ...untouchedLot,
  };
}

const noPayment = {
  channel: null,
  reference: null,
  receivingEntity: null,
  payer: null,
  fxQuoteId: null,
  receivedTransferId: null,
} as const;

interface GrantRow {
  readonly amount_nano_usd: string;
}

async function findGrant(sql: Sql, transferId: string): Promise<GrantRow | null> {
  const [row] = await sql.query<GrantRow>('SELECT amount_nano_usd FROM credit_grants WHERE transfer_id = $1', [
    transferId,
  ]);
  return row ?? null;
}

/** Returns when, by the database's clock, in ms since the epoch. */
async function insertGrant(sql: Sql, transferId: string, grant: CreditGrant): Promise<number> {
  const [row] = await sql.query<{ granted_at: Date }>(
    `INSERT INTO credit_grants (transfer_id, account_id, amount_nano_usd, reason, request_key, actor)
     VALUES ($1, $2, $3, $4, $5, $6) RETURNING granted_at`,
    [transferId, grant.accountId, grant.amountNanoUsd.toString(), grant.reason, grant.requestKey, grant.actor],
  );
  if (row === undefined) throw new Error('the grant was not written');
  return row.granted_at.getTime();
}

/** A used request key with another amount is another grant under the same name: refused, never granted or forgotten. */
function repeated(before: GrantRow, grant: CreditGrant, balance: CustomerBalance): bigint {
  if (BigInt(before.amount_nano_usd) !== grant.amountNanoUsd) {
    throw new ApiError('invalid_parameter', {
      param: 'requestKey',
      detail: 'it was used before for a grant of another amount',
    });
  }
  return postedOf(balance);
}
