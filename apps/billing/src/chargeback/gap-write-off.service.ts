import { accountIdSchema, type AccountId } from '@apilink/contracts';
import type { GateWriter } from '@apilink/holds';
import type { Database, Sql } from '@apilink/postgres';
import { ApiError } from '@apilink/service';
import { z } from 'zod';

import type { GateLoadService } from '../gate/gate-load.service.js';
import { writeOffAccounts } from '../ledger/ledger-account.domain.js';
import { postedOf, transferIdOf, type CustomerBalance } from '../ledger/ledger.domain.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import type { PaidBalanceRepository } from '../ledger/paid-balance.repository.js';
import { creditPaid } from '../ledger/paid-posting.domain.js';
import { gapWrittenOffEvent } from '../ledger/payment-event.factory.js';
import { remainingOf } from '../lot/lot.domain.js';
import type { LotRepository } from '../lot/lot.repository.js';
import { gateBalanceOf } from '../settlement/gate-change.factory.js';
import type { OutboxWriter } from '../settlement/settlement-writer.service.js';
import type { StaffActionRepository } from '../staff-action/staff-action.repository.js';
import type { ChargebackRepository } from './chargeback.repository.js';

export interface GapWriteOffOrder {
  readonly accountId: AccountId;
  readonly reason: string;
  /** The same key for the same account writes off once. */
  readonly requestKey: string;
  readonly actor: string;
}

export interface WrittenOffGap {
  readonly transferId: string;
  readonly writtenOffNanoUsd: bigint;
  readonly postedNanoUsd: bigint;
}

export interface GapWriteOffParts {
  readonly database: Database;
  readonly ledger: LedgerRepository;
  readonly paidBalances: PaidBalanceRepository;
  readonly lots: LotRepository;
  readonly chargebacks: ChargebackRepository;
  readonly gateTeller: GateWriter;
  readonly loads: GateLoadService;
  readonly staffActions: StaffActionRepository;
  readonly writeOutbox: OutboxWriter;
}

/** Gives up what chargebacks have left below zero: an operator's decision, with a reason. */
export class GapWriteOffService {
  constructor(private readonly parts: GapWriteOffParts) {}

  /** Rejects with ApiError `wrong_state` where nothing is below zero, `not_found` for an unknown account. */
  async writeOff(order: GapWriteOffOrder): Promise<WrittenOffGap> {
    const written = await this.parts.database.transaction((sql) => this.#writeOff(sql, order));
    await this.parts.loads.follow(order.accountId);
    return written;
  }

  async #writeOff(sql: Sql, order: GapWriteOffOrder): Promise<WrittenOffGap> {
    const { ledger, chargebacks } = this.parts;
    const balance = (await ledger.lockBalances(sql, [order.accountId])).get(order.accountId);
    if (balance === undefined) throw new ApiError('not_found', { detail: 'this account' });
    const transferId = transferIdOf('gap_written_off', `${order.accountId}/${order.requestKey}`);
    const before = await chargebacks.findWriteOff(sql, transferId);
    if (before !== null) return { transferId, writtenOffNanoUsd: before, postedNanoUsd: postedOf(balance) };
    if (balance.gapNanoUsd === 0n) {
      throw new ApiError('wrong_state', { detail: 'no chargeback has left the balance below zero' });
    }
    return this.#post(sql, order, { balance, transferId });
  }

  async #post(
    sql: Sql,
    { accountId, requestKey, reason, actor }: GapWriteOffOrder,
    { balance, transferId }: { balance: CustomerBalance; transferId: string },
  ): Promise<WrittenOffGap> {
    const { ledger, lots, paidBalances, chargebacks, gateTeller, staffActions, writeOutbox } = this.parts;
    const amountNanoUsd = balance.gapNanoUsd;
    const posting = creditPaid(balance, amountNanoUsd, writeOffAccounts.operator);
    const shape = { transferId, kind: 'gap_written_off' as const, ref: `${accountId}/${requestKey}`, actor };
    await ledger.insertTransfers(sql, [{ ...shape, requestHash: reason, entries: posting.entries }]);
    const postedAt = await chargebacks.insertWriteOff(sql, { transferId, accountId, amountNanoUsd, reason, actor });
    const overdrawn = ((await lots.findUnspent(sql, [accountId])).get(accountId) ?? []).filter(
      (lot) => remainingOf(lot) < 0n,
    );
    await lots.update(
      sql,
      overdrawn.map((lot) => ({ ...lot, writtenOffNanoUsd: lot.writtenOffNanoUsd - remainingOf(lot) })),
    );
    const told = await paidBalances.update(sql, posting.balance);
    const subject = z.encode(accountIdSchema, accountId);
    await staffActions.record(sql, {
      actor,
      action: 'chargeback.write_off',
      subject,
      detail: { amountNanoUsd, reason, transferId },
    });
    const { ledgerVersion } = told;
    const facts = { accountId, transferId, postedNanoUsd: postedOf(told), ledgerVersion, postedAt };
    await writeOutbox(sql, [gapWrittenOffEvent({ ...facts, writtenOffNanoUsd: amountNanoUsd, reason, actor })]);
    await gateTeller.write(sql, [{ accountId, balance: gateBalanceOf(told) }]);
    return { transferId, writtenOffNanoUsd: amountNanoUsd, postedNanoUsd: postedOf(told) };
  }
}
