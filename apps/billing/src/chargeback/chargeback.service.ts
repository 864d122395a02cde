import { accountIdSchema, chargebackIdSchema, encodeWireId, type AccountId, type LotId } from '@apilink/contracts';
import type { GateWriter } from '@apilink/holds';
import type { Database, Sql } from '@apilink/postgres';
import { ApiError } from '@apilink/service';
import { z } from 'zod';

import type { AccountService } from '../account/account.service.js';
import type { GateLoadService } from '../gate/gate-load.service.js';
import { clearingAccount, fxClearingAccounts, type SystemLedgerAccount } from '../ledger/ledger-account.domain.js';
import { postedOf, transferIdOf, type CustomerBalance } from '../ledger/ledger.domain.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import type { PaidBalanceRepository } from '../ledger/paid-balance.repository.js';
import { debitPaid } from '../ledger/paid-posting.domain.js';
import { chargebackOpenedEvent } from '../ledger/payment-event.factory.js';
import type { SystemTransferRepository } from '../ledger/system-transfer.repository.js';
import { LotBook } from '../lot/lot.domain.js';
import type { LotRecord, LotRepository } from '../lot/lot.repository.js';
import { worthOf } from '../refund/refund.domain.js';
import type { RefundRepository } from '../refund/refund.repository.js';
import { gateBalanceOf } from '../settlement/gate-change.factory.js';
import type { OutboxWriter } from '../settlement/settlement-writer.service.js';
import type { StaffActionRepository } from '../staff-action/staff-action.repository.js';
import type { Chargeback, ChargebackRepository } from './chargeback.repository.js';

export interface ChargebackOrder {
  readonly accountId: AccountId;
  readonly lotId: LotId;
  /** What the bank took back, in the lot's cents or fen; above zero. */
  readonly minorUnits: bigint;
  readonly reason: string;
  /** The same key for the same account takes back once. */
  readonly requestKey: string;
  readonly actor: string;
}

export interface OpenedChargeback extends Chargeback {
  readonly postedNanoUsd: bigint;
}

export interface ChargebackParts {
  readonly database: Database;
  readonly ledger: LedgerRepository;
  readonly paidBalances: PaidBalanceRepository;
  readonly systemTransfers: SystemTransferRepository;
  readonly lots: LotRepository;
  readonly refunds: RefundRepository;
  readonly chargebacks: ChargebackRepository;
  readonly accounts: AccountService;
  readonly gateTeller: GateWriter;
  readonly loads: GateLoadService;
  readonly staffActions: StaffActionRepository;
  readonly writeOutbox: OutboxWriter;
}

/** What a bank takes back comes off the balance whatever is left of it: the one thing that takes posted below zero. */
export class ChargebackService {
  constructor(private readonly parts: ChargebackParts) {}

  /**
   * Takes a payment back and suspends the account; resolves when the gate knows both. Rejects with ApiError `not_found`
   * for an unknown account or lot, `invalid_parameter` for more than was paid, `wrong_state` while a refund of the same
   * payment is on its way.
   */
  async open(order: ChargebackOrder): Promise<OpenedChargeback> {
    const opened = await this.parts.database.transaction((sql) => this.openWithin(sql, order));
    await this.parts.loads.follow(order.accountId);
    return opened;
  }

  async openWithin(sql: Sql, order: ChargebackOrder): Promise<OpenedChargeback> {
    const { ledger, lots, chargebacks } = this.parts;
    const balance = (await ledger.lockBalances(sql, [order.accountId])).get(order.accountId);
    if (balance === undefined) throw new ApiError('not_found', { detail: 'this account' });
    const chargebackId = chargebackIdSchema.out.parse(transferIdOf('chargeback_opened', businessKeyOf(order)));
    const before = await chargebacks.find(sql, chargebackId);
    if (before !== null) return { ...repeated(before, order), postedNanoUsd: postedOf(balance) };
    const lot = await lots.find(sql, order.lotId);
    if (lot?.accountId !== order.accountId || lot.kind !== 'paid') {
      throw new ApiError('not_found', { detail: 'this payment of the account' });
    }
    await this.#check(sql, order, lot);
    return this.#post(sql, order, { balance, lot });
  }

  async #check(sql: Sql, { accountId, minorUnits }: ChargebackOrder, lot: LotRecord): Promise<void> {
    const left = lot.paidMinorUnits - lot.refundedMinorUnits - lot.chargedBackMinorUnits;
    if (minorUnits <= 0n || minorUnits > left) {
      throw invalid('minorUnits', `the payment has ${left} cents (分) that could be taken back`);
    }
    if ((await this.parts.refunds.lotsOnTheirWay(sql, accountId)).has(lot.lotId)) {
      throw new ApiError('wrong_state', {
        detail: 'a refund of this payment is on its way; once it has ended, the chargeback can be recorded',
      });
    }
  }

  async #post(
    sql: Sql,
    order: ChargebackOrder,
    { balance, lot }: { balance: CustomerBalance; lot: LotRecord },
  ): Promise<OpenedChargeback> {
    const { ledger, paidBalances, chargebacks, gateTeller, staffActions, writeOutbox, accounts } = this.parts;
    const { accountId, lotId, minorUnits, reason, actor } = order;
    const chargebackId = chargebackIdSchema.out.parse(transferIdOf('chargeback_opened', businessKeyOf(order)));
    const debitNanoUsd = worthOf(lot, minorUnits);
    const { currency } = lot;
    const posting = debitPaid(balance, debitNanoUsd, await this.#takeOut(sql, order, lot));
    const ref = businessKeyOf(order);
    const shape = { transferId: chargebackId, kind: 'chargeback_opened' as const, ref, actor };
    await ledger.insertTransfers(sql, [{ ...shape, requestHash: hashOf(order), entries: posting.entries }]);
    const chargeback = { chargebackId, accountId, lotId, currency, minorUnits, debitNanoUsd, reason, actor };
    const openedAt = await chargebacks.insert(sql, chargeback);
    await this.#takeFromLots(sql, chargeback);
    const told = await paidBalances.update(sql, posting.balance);
    const subject = z.encode(accountIdSchema, accountId);
    const detail = { lotId, minorUnits, currency, debitNanoUsd, reason };
    await staffActions.record(sql, { actor, action: 'chargeback.open', subject, detail });
    await writeOutbox(sql, [
      chargebackOpenedEvent({
        accountId,
        transferId: chargebackId,
        postedNanoUsd: postedOf(told),
        ledgerVersion: told.ledgerVersion,
        postedAt: openedAt,
        lotId,
        chargebackId: encodeWireId('cbk', chargebackId),
        currency,
        chargedBackMinorUnits: minorUnits,
        debitNanoUsd,
        reason,
      }),
    ]);
    await gateTeller.write(sql, [{ accountId, balance: gateBalanceOf(told) }]);
    await accounts.suspendWithin(sql, accountId, { actor, reason: `chargeback: ${reason}` });
    return { ...chargeback, openedAt, postedNanoUsd: postedOf(told) };
  }

  /** RMB leaves fx_clearing for the channel's clearing. Returns what the customer's debit goes to. */
  async #takeOut(sql: Sql, order: ChargebackOrder, lot: LotRecord): Promise<SystemLedgerAccount> {
    const { systemTransfers } = this.parts;
    const clearing = clearingAccount(lot.channel ?? '', lot.currency);
    if (lot.currency === 'USD') return clearing;
    await systemTransfers.insert(sql, {
      transferId: transferIdOf('chargeback_taken', businessKeyOf(order)),
      kind: 'chargeback_taken',
      ref: businessKeyOf(order),
      requestHash: hashOf(order),
      actor: order.actor,
      currency: lot.currency,
      from: fxClearingAccounts[lot.currency],
      to: clearing,
      amount: order.minorUnits,
    });
    return fxClearingAccounts.USD;
  }

  /** What of it was used already is drawn from other payments, as far as there are any. */
  async #takeFromLots(
    sql: Sql,
    { accountId, lotId, minorUnits, debitNanoUsd }: Omit<Chargeback, 'openedAt'>,
  ): Promise<void> {
    const { lots } = this.parts;
    const unspent = (await lots.findUnspent(sql, [accountId])).get(accountId) ?? [];
    const lot = await lots.find(sql, lotId);
    const others = unspent.filter((other) => other.lotId !== lotId);
    const book = new LotBook(lot === null ? others : [...others, lot]);
    book.change(lotId, (taken) => ({
      ...taken,
      chargedBackNanoUsd: taken.chargedBackNanoUsd + debitNanoUsd,
      chargedBackMinorUnits: taken.chargedBackMinorUnits + minorUnits,
    }));
    book.fillGap();
    await lots.update(sql, book.changed);
  }
}

function businessKeyOf({ accountId, requestKey }: Pick<ChargebackOrder, 'accountId' | 'requestKey'>): string {
  return `${accountId}/${requestKey}`;
}

function hashOf({ lotId, minorUnits }: ChargebackOrder): string {
  return `${lotId}/${minorUnits}`;
}

/** A used request key with other facts is another chargeback under the same name: refused. */
function repeated(before: Chargeback, order: ChargebackOrder): Chargeback {
  if (before.lotId === order.lotId && before.minorUnits === order.minorUnits) return before;
  throw invalid('requestKey', 'it was used before for another chargeback');
}

function invalid(param: string, detail: string): ApiError {
  return new ApiError('invalid_parameter', { param, detail });
}
