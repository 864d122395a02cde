import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { topics } from '@apilink/contracts';
import { EventFailureFilter, type EventBatch, type PoisonEvent } from '@apilink/events';

import { PoisonMetrics } from '../dead-letter/poison-metrics.service.js';
import { SettlementService } from './settlement.service.js';

/** Usage events in batches of one partition; what cannot be settled goes to the dead letters with its reason. */
@Controller()
@UseFilters(new EventFailureFilter())
export class UsageConsumer {
  constructor(
    @Inject(SettlementService) private readonly settlements: SettlementService,
    @Inject(PoisonMetrics) private readonly metrics: PoisonMetrics,
  ) {}

  @EventPattern(topics.usage.name)
  async handle(@Payload() batch: EventBatch): Promise<readonly PoisonEvent[]> {
    const poison = await this.settlements.settle(batch.events);
    this.metrics.poisoned(topics.usage.name, poison.length);
    return poison;
  }
}
