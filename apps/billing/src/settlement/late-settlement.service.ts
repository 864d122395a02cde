import type { AccountId, GenerationId } from '@apilink/contracts';
import { HoldStoreUnavailable, type GateAdministration, type GateWriter } from '@apilink/holds';
import { isTransientDatabaseError, type Database, type Sql } from '@apilink/postgres';

import type { GateEpochRepository } from '../gate/gate-epoch.repository.js';
import type { GateLoadService } from '../gate/gate-load.service.js';
import type { HoldRepository } from '../hold/hold.repository.js';
import { postUsage, toldVersionOf } from '../ledger/ledger.domain.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import { LotBook } from '../lot/lot.domain.js';
import type { LotRepository } from '../lot/lot.repository.js';
import type { LateSettlementRepository, PendingLateSettlement } from './late-settlement.repository.js';
import type { SettlementMetrics } from './settlement-metrics.service.js';
import { gateChangesOf } from './gate-change.factory.js';
import type { OutboxWriter } from './settlement-writer.service.js';
import { postingInstant } from './settlement-ground.repository.js';
import { costOfAttempts, spendsOf, usageTransfer } from './usage-transfer.domain.js';
import { usageSettledEvents } from './usage-settled.factory.js';

const BATCH_MAX = 100;
/** Tried in one call at most: it bounds the list of those that the next page leaves out. */
const TRIED_MAX = 2_000;

export interface LateSettlementParts {
  readonly database: Database;
  readonly ledger: LedgerRepository;
  readonly lots: LotRepository;
  readonly holds: HoldRepository;
  readonly late: LateSettlementRepository;
  readonly epochs: GateEpochRepository;
  readonly gate: GateAdministration;
  readonly loads: GateLoadService;
  readonly gateTeller: GateWriter;
  readonly writeOutbox: OutboxWriter;
  readonly metrics: SettlementMetrics;
}

/**
 * Posts finals that came after their hold had expired. Each takes a hold of its own in the gate for what balance and
 * caps leave, and exactly that is posted; the rest is ours. A crash between the two is taken up again: the gate answers
 * the same id with the same hold, and the row is posted at most once.
 */
export class LateSettlementService {
  constructor(private readonly parts: LateSettlementParts) {}

  /**
   * Settles what waits, oldest first; returns how many. What cannot be settled now waits for the next call and holds up
   * nothing behind it; rejects in the end with what went wrong, at once when database or gate are away.
   */
  async settlePending(): Promise<number> {
    const tried: GenerationId[] = [];
    const errors: unknown[] = [];
    let posted = 0;
    for (;;) {
      const page = await this.parts.late.listPending(this.parts.database, tried, BATCH_MAX);
      for (const pending of page) {
        tried.push(pending.final.generationId);
        if (await this.#settle(pending, errors)) posted += 1;
      }
      if (page.length < BATCH_MAX || tried.length >= TRIED_MAX) break;
    }
    if (errors.length > 0) {
      throw new AggregateError(errors, `${errors.length} late settlements failed, the first: ${String(errors[0])}`);
    }
    return posted;
  }

  async #settle(pending: PendingLateSettlement, errors: unknown[]): Promise<boolean> {
    try {
      const reserved = await this.#reserve(pending);
      return reserved !== null && (await this.#post(pending, reserved));
    } catch (error) {
      if (isTransientDatabaseError(error) || error instanceof HoldStoreUnavailable) throw error;
      errors.push(error);
      return false;
    }
  }

  async #reserve(pending: PendingLateSettlement): Promise<Reserved | null> {
    const first = await this.#ask(pending);
    if (first.outcome !== 'not_loaded') return first;
    await this.parts.loads.load(pending.final.accountId);
    const second = await this.#ask(pending);
    return second.outcome === 'not_loaded' ? null : second;
  }

  async #ask({
    final,
    claimNanoUsd,
    gateHoldId,
  }: PendingLateSettlement): Promise<Reserved | { outcome: 'not_loaded' }> {
    const reply = await this.parts.gate.reserve({
      accountId: final.accountId,
      workspaceId: final.workspaceId,
      keyId: final.keyId,
      holdId: gateHoldId,
      amountNanoUsd: claimNanoUsd,
      periods: final.periods,
    });
    if (reply.outcome === 'reserved') return reply;
    // Without its hold in the gate nothing covers the posting: all of it is ours.
    if (reply.outcome === 'gone') return { outcome: 'reserved', grantedNanoUsd: 0n, epoch: null };
    return { outcome: 'not_loaded' };
  }

  async #post(pending: PendingLateSettlement, reserved: Reserved): Promise<boolean> {
    return this.parts.database.transaction(async (sql) => {
      const balances = await this.parts.ledger.lockBalances(sql, [pending.final.accountId]);
      const balance = balances.get(pending.final.accountId);
      const row = await this.parts.late.lockPending(sql, pending.final.generationId);
      if (balance === undefined || row === null) return false;
      const epoch = await this.parts.epochs.guard(sql);
      // The hold was lost with its epoch: the next round asks the gate of the present.
      if (epoch !== null && reserved.epoch !== null && reserved.epoch !== epoch) return false;
      await this.#write(sql, row, { balance, granted: reserved.grantedNanoUsd });
      return true;
    });
  }

  async #write(
    sql: Sql,
    { final, claimNanoUsd, absorbedNanoUsd, gateHoldId }: PendingLateSettlement,
    { balance, granted }: { balance: Parameters<typeof postUsage>[0]; granted: bigint },
  ): Promise<void> {
    const { ledger, lots, holds, late, gateTeller, writeOutbox, metrics } = this.parts;
    const posting = postUsage(balance, {
      chargeNanoUsd: granted,
      writtenOffNanoUsd: claimNanoUsd - granted,
      writeOffReason: 'late',
      absorbedNanoUsd,
      costNanoUsd: costOfAttempts(final),
    });
    const book = new LotBook((await lots.findUnspent(sql, [final.accountId])).get(final.accountId) ?? []);
    const draws = book.draw(posting.promoNanoUsd, posting.paidNanoUsd);
    const transfer = usageTransfer(final, posting);
    const charged = posting.promoNanoUsd + posting.paidNanoUsd;
    await ledger.insertTransfers(sql, [transfer]);
    await holds.end(sql, [
      {
        final,
        state: 'late_settled',
        chargeNanoUsd: charged,
        writtenOffNanoUsd: posting.writtenOffNanoUsd,
        absorbedNanoUsd,
        draws,
        transferId: transfer.transferId,
        ledgerVersion: toldVersionOf(posting),
      },
    ]);
    await late.markPosted(sql, final.generationId, charged);
    const changed = charged > 0n ? await ledger.updateBalances(sql, [posting.balance]) : [];
    await lots.updateDrawn(sql, book.changed);
    const periods = await ledger.addSpends(sql, spendsOf(final, charged));
    if (toldVersionOf(posting) !== null) {
      const at = await postingInstant(sql);
      const settled = { final, posting, draws, transferId: transfer.transferId, late: true };
      await writeOutbox(sql, usageSettledEvents([settled], at));
    }
    const closed = new Map<AccountId, (typeof gateHoldId)[]>([[final.accountId, [gateHoldId, final.generationId]]]);
    await gateTeller.write(sql, gateChangesOf({ balances: changed, periods, closed }));
    metrics.settledLate(posting.writtenOffNanoUsd);
  }
}

interface Reserved {
  readonly outcome: 'reserved';
  readonly grantedNanoUsd: bigint;
  /** Null when the gate had no hold to give. */
  readonly epoch: number | null;
}
