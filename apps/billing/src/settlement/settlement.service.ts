import { topics, type GenerationId } from '@apilink/contracts';
import { decodeEvent, type LoggedEvent, type PoisonEvent } from '@apilink/events';
import type { Database } from '@apilink/postgres';
import type { Failpoints, Logger } from '@apilink/service';

import { differenceFacts } from '../difference/difference.domain.js';
import type { PriceService } from '../price/price.service.js';
import { isolateRefused } from '../dead-letter/refused-data.service.js';
import type { SettlementGroundRepository } from './settlement-ground.repository.js';
import type { SettlementMetrics } from './settlement-metrics.service.js';
import type { SettlementWriter } from './settlement-writer.service.js';
import { priceVersionsOf, SettlementPlan, type UsageEvent } from './settlement.domain.js';

export interface SettlementParts {
  readonly database: Database;
  readonly ground: SettlementGroundRepository;
  readonly writer: SettlementWriter;
  readonly prices: PriceService;
  readonly metrics: SettlementMetrics;
  readonly failpoints: Failpoints;
  readonly logger: Pick<Logger, 'error'>;
  readonly now: () => number;
}

type Readable = UsageEvent & { readonly event: LoggedEvent };

/** Settles batches of usage events: one transaction for a batch, and the same ledger however often it is delivered. */
export class SettlementService {
  constructor(private readonly parts: SettlementParts) {}

  /**
   * Resolves with the events that can never be settled. Rejects, with nothing written, when the database is away or a
   * price version has not arrived yet; the same batch comes again then.
   */
  async settle(events: readonly LoggedEvent[]): Promise<readonly PoisonEvent[]> {
    const poison: PoisonEvent[] = [];
    const readable: Readable[] = [];
    for (const event of events) {
      const decoded = decodeEvent(topics.usage, event);
      if (decoded.outcome === 'unreadable') poison.push(decoded.poison);
      else if (decoded.outcome === 'event') readable.push({ ...decoded, event });
      else poison.push({ event, reason: 'a usage event has no body' });
    }
    await this.parts.prices.require(priceVersionsOf(readable));
    poison.push(...(await isolateRefused(readable, (part) => this.#settleTogether(part))));
    return poison;
  }

  async #settleTogether(events: readonly Readable[]): Promise<readonly PoisonEvent[]> {
    const { database, ground, writer, prices, metrics, failpoints, logger, now } = this.parts;
    const { plan, poison } = await database.transaction(async (sql) => {
      const settled = fold(new SettlementPlan(await ground.read(sql, events, prices.cardOf)), events);
      await writer.write(sql, settled.plan, tracesOf(events));
      failpoints.reach('settlement.committing');
      return settled;
    });
    failpoints.reach('settlement.committed');
    metrics.settled(plan, now());
    if (plan.differences.length > 0) {
      logger.error(
        differenceFacts(plan.differences),
        'Charges differ from what was expected: apilink difference list.',
      );
    }
    return poison;
  }
}

/** The trace of each generation that is sampled: what follows from its settlement belongs to it. */
function tracesOf(events: readonly Readable[]): ReadonlyMap<GenerationId, string> {
  const traces = new Map<GenerationId, string>();
  for (const { event, body } of events) {
    if (event.traceparent !== undefined) traces.set(body.generationId, event.traceparent);
  }
  return traces;
}

function fold(plan: SettlementPlan, events: readonly Readable[]): { plan: SettlementPlan; poison: PoisonEvent[] } {
  const poison: PoisonEvent[] = [];
  for (const one of events) {
    const verdict = plan.take(one);
    if (verdict.kind === 'poison') poison.push({ event: one.event, reason: verdict.reason });
  }
  return { plan, poison };
}
