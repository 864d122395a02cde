import { topics } from '@apilink/contracts';
import { EventFailureFilter, type EventBatch, type PoisonEvent } from '@apilink/events';
import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';

import { InvoiceableService } from './invoiceable.service.js';

/** Ledger events in batches of one partition; what contradicts the ledger goes to the dead letters with its reason. */
@Controller()
@UseFilters(new EventFailureFilter())
export class LedgerConsumer {
  constructor(@Inject(InvoiceableService) private readonly invoiceable: InvoiceableService) {}

  @EventPattern(topics.ledger.name)
  consume(@Payload() batch: EventBatch): Promise<readonly PoisonEvent[]> {
    return this.invoiceable.take(batch);
  }
}
