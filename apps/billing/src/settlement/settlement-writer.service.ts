import type { GenerationId } from '@apilink/contracts';
import type { OutgoingEvent } from '@apilink/events';
import type { GateWriter } from '@apilink/holds';
import type { Sql } from '@apilink/postgres';

import type { DifferenceRepository } from '../difference/difference.repository.js';
import type { HoldRepository } from '../hold/hold.repository.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import type { LotRepository } from '../lot/lot.repository.js';
import { gateChangesOf } from './gate-change.factory.js';
import type { LateSettlementRepository } from './late-settlement.repository.js';
import type { SettlementPlan } from './settlement.domain.js';
import { usageSettledEvents } from './usage-settled.factory.js';

/** Puts events into the outbox of the transaction that makes them true. */
export type OutboxWriter = (sql: Sql, events: readonly OutgoingEvent[]) => Promise<void>;

export interface SettlementTables {
  readonly ledger: LedgerRepository;
  readonly lots: LotRepository;
  readonly holds: HoldRepository;
  readonly late: LateSettlementRepository;
  readonly differences: DifferenceRepository;
}

/** Writes a plan in the transaction that holds its locks: ledger, holds, counters, outbox and gate, or nothing. */
export class SettlementWriter {
  constructor(
    private readonly tables: SettlementTables,
    private readonly gate: GateWriter,
    private readonly writeOutbox: OutboxWriter,
  ) {}

  /** `traces` has the trace of each generation that is sampled. */
  async write(sql: Sql, plan: SettlementPlan, traces: ReadonlyMap<GenerationId, string> = new Map()): Promise<void> {
    const { ledger, lots, holds, late, differences } = this.tables;
    await holds.insertOpened(sql, [...plan.opened.values()]);
    await ledger.insertTransfers(sql, plan.transfers);
    await holds.end(sql, [...plan.ended.values()]);
    await late.insert(sql, plan.late.values());
    const balances = await ledger.updateBalances(sql, plan.touched.values());
    await lots.updateDrawn(sql, plan.drawnLots);
    const periods = await ledger.addSpends(sql, plan.spends);
    await differences.insert(sql, plan.differences);
    const events = usageSettledEvents(plan.settled, plan.postedAt, traces);
    if (events.length > 0) await this.writeOutbox(sql, events);
    await this.gate.write(sql, gateChangesOf({ balances, periods, closed: plan.closed }));
  }
}
