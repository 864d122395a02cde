import type { OutgoingEvent } from '@apilink/events';
import type { Logger } from '@apilink/service';
import { setTimeout as delay } from 'node:timers/promises';

import { chunksOf } from './event-chunk.domain.js';
import type { UsagePublisher } from './usage-publisher.service.js';

/** Billing takes 500 events at once, and a body of 1 MiB: the rest is left to ids, quotes and escapes. */
const REQUEST_BOUNDS = { eventsMax: 500, bytesMax: 384 * 1024 };

export interface UsageDrainServices {
  readonly publisher: UsagePublisher;
  /** Gives events to billing; what it refuses for ever comes back with its reason. Rejects when it took none. */
  readonly handOver: (
    events: readonly OutgoingEvent[],
  ) => Promise<readonly { readonly id: string; readonly reason: string }[]>;
  readonly logger: Logger;
  readonly monotonic: () => number;
  /** Between two rounds, when neither the log nor billing took everything, ms. */
  readonly retryMs: number;
}

/** The last thing of a drain: what the log does not take is given to billing (docs/money.md, Settlement). */
export class UsageDrain {
  readonly #refused = new Map<string, string>();

  constructor(private readonly services: UsageDrainServices) {}

  /**
   * Resolves when the log or billing has every event. Rejects at the deadline, or when billing refuses some for ever:
   * those stay in the spool, for the next process with this data folder.
   */
  async flush(deadlineMs: number): Promise<void> {
    const { publisher, monotonic, retryMs, logger } = this.services;
    const deadlineAt = monotonic() + deadlineMs;
    for (;;) {
      await publisher.rest();
      await publisher.replay();
      if (publisher.isDone) return;
      try {
        this.#refused.clear();
        await publisher.handOver(async (events) => this.#give(events));
        if (publisher.isDone) return;
        if (this.#refused.size > 0) break;
      } catch (error) {
        logger.warn({ err: error }, 'neither the event log nor billing takes usage events at the drain');
      }
      const leftMs = deadlineAt - monotonic();
      if (leftMs <= 0) break;
      await delay(Math.min(retryMs, leftMs));
    }
    throw new Error(this.#sentence());
  }

  async #give(events: readonly OutgoingEvent[]): Promise<OutgoingEvent[]> {
    const left: OutgoingEvent[] = [];
    for (const chunk of chunksOf(events, REQUEST_BOUNDS)) {
      const refused = await this.services.handOver(chunk);
      for (const { id, reason } of refused) {
        const event = chunk.find((one) => one.id === id);
        if (event === undefined) continue;
        left.push(event);
        this.#refused.set(id, reason);
        this.services.logger.error({ eventId: id, account: event.key, reason }, 'billing refuses a usage event');
      }
    }
    return left;
  }

  #sentence(): string {
    const { strandedEvents } = this.services.publisher;
    if (strandedEvents > 0) {
      return `${strandedEvents} usage events are neither in the event log nor with billing nor on the disk`;
    }
    if (this.#refused.size > 0) return `billing refuses ${this.#refused.size} usage events: they stay in the spool`;
    return 'usage events stay in the spool: neither the event log nor billing took them; start again with this APILINK_DATA_DIR';
  }
}
