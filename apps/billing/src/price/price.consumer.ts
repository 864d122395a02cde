import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { topics, type PricePublished } from '@apilink/contracts';
import { decodeEvent, EventFailureFilter, type EventBatch, type PoisonEvent } from '@apilink/events';

import { PriceService } from './price.service.js';

/** Keeps every published rate card: a charge needs the version that its hold pins, however old. */
@Controller()
@UseFilters(new EventFailureFilter())
export class PriceConsumer {
  constructor(@Inject(PriceService) private readonly prices: PriceService) {}

  @EventPattern(topics.prices.name)
  async handle(@Payload() batch: EventBatch): Promise<readonly PoisonEvent[]> {
    const published: PricePublished[] = [];
    const poison: PoisonEvent[] = [];
    for (const event of batch.events) {
      const decoded = decodeEvent(topics.prices, event);
      if (decoded.outcome === 'unreadable') poison.push(decoded.poison);
      if (decoded.outcome !== 'event') continue;
      const problem = this.prices.problemOf(decoded.body);
      if (problem === null) published.push(decoded.body);
      else poison.push({ event, reason: problem });
    }
    await this.prices.record(published);
    return poison;
  }
}
