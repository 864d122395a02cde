import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { topics } from '@apilink/contracts';
import { EventFailureFilter, type EventBatch, type PoisonEvent } from '@apilink/events';

import { SettlementService } from './settlement.service.js';

/** Usage events in batches of one partition; what cannot be settled goes to the dead letters with its reason. */
@Controller()
@UseFilters(new EventFailureFilter())
export class UsageConsumer {
  constructor(@Inject(SettlementService) private readonly settlements: SettlementService) {}

  @EventPattern(topics.usage.name)
  handle(@Payload() batch: EventBatch): Promise<readonly PoisonEvent[]> {
    return this.settlements.settle(batch.events);
  }
}
