import { topics, type UsageHandoverReply, type UsageHandoverRequest } from '@apilink/contracts';
import { partitionOf, type LoggedEvent } from '@apilink/events';
import { isTransientDatabaseError } from '@apilink/postgres';
import { ApiError } from '@apilink/service';

import { PriceNotArrivedError } from '../price/price.service.js';
import type { SettlementService } from './settlement.service.js';

/**
 * Settles usage events that an edge could not publish before it had to end: the same events, the same service and the same
 * ledger as through the log. If the log brings them later all the same, nothing changes.
 */
export class UsageHandoverService {
  constructor(private readonly settlements: Pick<SettlementService, 'settle'>) {}

  /** Rejects with ApiError `billing_unavailable` when nothing was taken: the edge keeps the events and asks again. */
  async take({ events }: UsageHandoverRequest): Promise<UsageHandoverReply> {
    const poison = await this.#settle(events.map(loggedOf));
    return {
      settled: events.length - poison.length,
      refused: poison.map(({ event, reason }) => ({ id: event.id, reason })),
    };
  }

  async #settle(events: readonly LoggedEvent[]) {
    try {
      return await this.settlements.settle(events);
    } catch (error) {
      if (error instanceof PriceNotArrivedError || isTransientDatabaseError(error)) {
        throw new ApiError('billing_unavailable', {}, error);
      }
      throw error;
    }
  }
}

/** As the log would have delivered it; an event that came by hand has no offset. */
function loggedOf(event: UsageHandoverRequest['events'][number]): LoggedEvent {
  const { traceparent, ...rest } = event;
  return {
    ...rest,
    ...(traceparent === undefined ? {} : { traceparent }),
    topic: topics.usage.name,
    partition: partitionOf(event.key, topics.usage.partitions),
    offset: 0n,
  };
}
