import { topics } from '@apilink/contracts';
import { decodeEvent, EventFailureFilter, type EventBatch, type PoisonEvent } from '@apilink/events';
import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';

import { HealthService } from './health.service.js';

/** Takes the seconds that edges report. The same second twice only counts twice: it moves a figure, nothing else. */
@Controller()
@UseFilters(new EventFailureFilter())
export class HealthConsumer {
  constructor(@Inject(HealthService) private readonly health: HealthService) {}

  @EventPattern(topics.health.name)
  consume(@Payload() batch: EventBatch): readonly PoisonEvent[] {
    const poison: PoisonEvent[] = [];
    for (const event of batch.events) {
      const decoded = decodeEvent(topics.health, event);
      switch (decoded.outcome) {
        case 'event':
          this.health.record(decoded.body);
          break;
        case 'unreadable':
          poison.push(decoded.poison);
          break;
        case 'tombstone':
          poison.push({ event, reason: 'invalid_body: attempts without a body' });
      }
    }
    return poison;
  }
}
