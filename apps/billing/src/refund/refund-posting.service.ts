import { encodeWireId } from '@apilink/contracts';
import type { GateWriter } from '@apilink/holds';
import type { Sql } from '@apilink/postgres';
import type { Failpoints } from '@apilink/service';

import { clearingAccount, fxClearingAccounts, type SystemLedgerAccount } from '../ledger/ledger-account.domain.js';
import { topupRefundedEvent } from '../ledger/payment-event.factory.js';
import { postedOf, transferIdOf, type LedgerEntry } from '../ledger/ledger.domain.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import type { PaidBalanceRepository } from '../ledger/paid-balance.repository.js';
import { debitPaid, withGap } from '../ledger/paid-posting.domain.js';
import type { SystemTransferRepository } from '../ledger/system-transfer.repository.js';
import { LotBook } from '../lot/lot.domain.js';
import type { LotRepository } from '../lot/lot.repository.js';
import { gateBalanceOf } from '../settlement/gate-change.factory.js';
import type { OutboxWriter } from '../settlement/settlement-writer.service.js';
import type { Refund } from './refund.domain.js';
import type { RefundRepository } from './refund.repository.js';

export interface RefundPostingParts {
  readonly ledger: LedgerRepository;
  readonly paidBalances: PaidBalanceRepository;
  readonly systemTransfers: SystemTransferRepository;
  readonly lots: LotRepository;
  readonly refunds: RefundRepository;
  readonly gateTeller: GateWriter;
  readonly writeOutbox: OutboxWriter;
  readonly failpoints: Failpoints;
}

/** Ends refunds in the books, in the caller's transaction: the hold in the gate is closed by the same commit. */
export class RefundPostingService {
  constructor(private readonly parts: RefundPostingParts) {}

  /** The money is on its way back: off the balance, out of the channel's clearing. Nothing where it has ended already. */
  async post(sql: Sql, { refundId, accountId }: Refund, channelReference: string): Promise<void> {
    const { ledger, lots, refunds, paidBalances, gateTeller, writeOutbox, failpoints } = this.parts;
    const balance = (await ledger.lockBalances(sql, [accountId])).get(accountId);
    const refund = await refunds.lockIn(sql, refundId, 'submitted');
    const lot = refund === null ? null : await lots.find(sql, refund.lotId);
    if (balance === undefined || refund === null || lot === null) return;
    const { debitNanoUsd, minorUnits } = refund;
    const kept = { ...balance, refundingNanoUsd: balance.refundingNanoUsd - debitNanoUsd };
    const posting = debitPaid(kept, debitNanoUsd, counterpartOf(refund));
    const transferId = await this.#transfer(sql, refund, posting.entries);
    await lots.update(sql, [
      {
        ...lot,
        refundingNanoUsd: lot.refundingNanoUsd - debitNanoUsd,
        refundedNanoUsd: lot.refundedNanoUsd + debitNanoUsd,
        refundedMinorUnits: lot.refundedMinorUnits + minorUnits,
      },
    ]);
    const told = await paidBalances.update(sql, posting.balance);
    await refunds.markSubmitted(sql, refundId, { reference: channelReference, isManual: refund.isManual });
    const postedAt = await refunds.markPosted(sql, refundId, transferId);
    await writeOutbox(sql, [
      topupRefundedEvent({
        accountId,
        transferId,
        postedNanoUsd: postedOf(told),
        ledgerVersion: told.ledgerVersion,
        postedAt,
        lotId: lot.lotId,
        refundId: encodeWireId('rfd', refundId),
        currency: refund.currency,
        refundedMinorUnits: minorUnits,
        debitNanoUsd,
      }),
    ]);
    await gateTeller.write(sql, [{ accountId, balance: gateBalanceOf(told), closed: [refund.gateHoldId] }]);
    failpoints.reach('refund.posting');
  }

  /** Nothing goes back: lot and gate keep it no more. Nothing where it has ended already. */
  async void(sql: Sql, { refundId, accountId }: Refund, reason: string): Promise<void> {
    const { ledger, lots, refunds, paidBalances, gateTeller } = this.parts;
    const balance = (await ledger.lockBalances(sql, [accountId])).get(accountId);
    const refund =
      (await refunds.lockIn(sql, refundId, 'requested')) ??
      (await refunds.lockIn(sql, refundId, 'held')) ??
      (await refunds.lockIn(sql, refundId, 'submitted'));
    if (balance === undefined || refund === null) return;
    await refunds.markVoided(sql, refundId, reason);
    if (refund.state === 'requested') {
      await gateTeller.write(sql, [{ accountId, closed: [refund.gateHoldId] }]);
      return;
    }
    const { debitNanoUsd } = refund;
    const book = new LotBook((await lots.findUnspent(sql, [accountId])).get(accountId) ?? []);
    book.change(refund.lotId, (lot) => ({ ...lot, refundingNanoUsd: lot.refundingNanoUsd - debitNanoUsd }));
    // What a bank has taken back meanwhile is paid with it first.
    book.fillGap();
    await lots.update(sql, book.changed);
    const freed = withGap({ ...balance, refundingNanoUsd: balance.refundingNanoUsd - debitNanoUsd });
    const told = await paidBalances.update(sql, freed);
    await gateTeller.write(sql, [{ accountId, balance: gateBalanceOf(told), closed: [refund.gateHoldId] }]);
  }

  /** Customer → the channel's clearing; of RMB in two linked transfers through fx_clearing. */
  async #transfer(sql: Sql, refund: Refund, entries: readonly LedgerEntry[]): Promise<string> {
    const { ledger, systemTransfers } = this.parts;
    const ref = encodeWireId('rfd', refund.refundId);
    const shape = { ref, requestHash: `${refund.minorUnits}/${refund.debitNanoUsd}`, actor: refund.actor };
    const clearing = clearingAccount(refund.channel, refund.currency);
    if (refund.currency !== 'USD') {
      await systemTransfers.insert(sql, {
        ...shape,
        transferId: transferIdOf('refund_paid_out', ref),
        kind: 'refund_paid_out',
        currency: refund.currency,
        from: fxClearingAccounts[refund.currency],
        to: clearing,
        amount: refund.minorUnits,
      });
    }
    const transferId = transferIdOf('topup_refunded', ref);
    await systemTransfers.open(sql, clearing);
    await ledger.insertTransfers(sql, [{ ...shape, transferId, kind: 'topup_refunded', entries }]);
    return transferId;
  }
}

function counterpartOf({ channel, currency }: Refund): SystemLedgerAccount {
  return currency === 'USD' ? clearingAccount(channel, currency) : fxClearingAccounts.USD;
}
