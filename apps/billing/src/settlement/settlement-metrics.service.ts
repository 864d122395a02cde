import type { Metrics } from '@apilink/service';

import type { SettlementPlan } from './settlement.domain.js';

/** Seconds; settlement has to be done 2 s after the answer. */
const DELAY_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600];

export class SettlementMetrics {
  readonly #delay;
  readonly #figureDifferences;
  readonly #writeOffs;

  constructor(metrics: Metrics) {
    this.#delay = metrics.histogram({
      name: 'apilink_settlement_delay_seconds',
      help: 'From the end of an answer to its settlement in the ledger.',
      buckets: DELAY_BUCKETS,
    });
    this.#figureDifferences = metrics.counter({
      name: 'apilink_edge_figure_differences_total',
      help: 'Finals whose charge the edge computed otherwise than billing.',
    });
    this.#writeOffs = metrics.counter({
      name: 'apilink_write_offs_total',
      help: 'Settlements of which a part was written off, by reason.',
      labelNames: ['reason'],
    });
  }

  settled(plan: SettlementPlan, at: number): void {
    for (const { final } of plan.ended.values()) this.#delay.observe(Math.max(0, at - final.endedAt) / 1000);
    for (const { kind } of plan.differences) if (kind === 'edge_charge') this.#figureDifferences.inc();
    for (const { posting } of plan.settled) {
      if (posting.postedShortNanoUsd > 0n) this.#writeOffs.inc({ reason: 'posted_short' });
      if (posting.writtenOffNanoUsd > posting.postedShortNanoUsd) this.#writeOffs.inc({ reason: 'estimate_shortfall' });
    }
  }

  settledLate(writtenOffNanoUsd: bigint): void {
    if (writtenOffNanoUsd > 0n) this.#writeOffs.inc({ reason: 'late' });
  }
}
