import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { topics, type PricePublished } from '@apilink/contracts';
import { decodeEvent, EventFailureFilter, type EventBatch, type LoggedEvent, type PoisonEvent } from '@apilink/events';

import { PoisonMetrics } from '../dead-letter/poison-metrics.service.js';
import { isolateRefused } from '../dead-letter/refused-data.service.js';
import { PriceService } from './price.service.js';

/** Keeps every published rate card: a charge needs the version that its hold pins, however old. */
@Controller()
@UseFilters(new EventFailureFilter())
export class PriceConsumer {
  constructor(
    @Inject(PriceService) private readonly prices: PriceService,
    @Inject(PoisonMetrics) private readonly metrics: PoisonMetrics,
  ) {}

  @EventPattern(topics.prices.name)
  async handle(@Payload() batch: EventBatch): Promise<readonly PoisonEvent[]> {
    const published: { readonly event: LoggedEvent; readonly body: PricePublished }[] = [];
    const poison: PoisonEvent[] = [];
    for (const event of batch.events) {
      const decoded = decodeEvent(topics.prices, event);
      if (decoded.outcome === 'unreadable') poison.push(decoded.poison);
      if (decoded.outcome !== 'event') continue;
      const problem = this.prices.problemOf(decoded.body);
      if (problem === null) published.push({ event, body: decoded.body });
      else poison.push({ event, reason: problem });
    }
    const refused = await isolateRefused(published, async (part) => {
      await this.prices.record(part.map(({ body }) => body));
      return [];
    });
    this.metrics.poisoned(topics.prices.name, poison.length + refused.length);
    return [...poison, ...refused];
  }
}
