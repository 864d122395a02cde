import { formatTraceparent, parseTraceparent, type Span, type Tracing } from '@apilink/service';

import type { EventBatch, LoggedEvent, PoisonEvent } from './event-log.js';

interface TracedEvent {
  readonly original: LoggedEvent;
  readonly span: Span;
}

/**
 * A batch as its handler sees it. An event of a sampled trace gets a span of its own, and carries that span's context
 * instead of its publisher's: what the handler publishes of it belongs under it. Not one span per batch with links: the
 * sampled share is small, and so a trace is one tree from the request to its settlement.
 */
export class TracedBatch {
  readonly batch: EventBatch;
  readonly #traced = new Map<LoggedEvent, TracedEvent>();

  constructor(batch: EventBatch, options: { readonly tracing: Tracing; readonly group: string }) {
    this.batch = batch.events.some(({ traceparent }) => traceparent !== undefined)
      ? { ...batch, events: batch.events.map((event) => this.#begin(event, batch, options)) }
      : batch;
  }

  /** Ends the spans; gives the poison back with the events as they came. */
  handled(poison: readonly PoisonEvent[]): readonly PoisonEvent[] {
    const back = poison.map(({ event, reason }) => {
      const traced = this.#traced.get(event);
      if (traced === undefined) return { event, reason };
      this.#traced.delete(event);
      traced.span.end({ error: 'poison' });
      return { event: traced.original, reason };
    });
    for (const { span } of this.#traced.values()) span.end();
    return back;
  }

  /** The batch comes again, under new spans. */
  failed(): void {
    for (const { span } of this.#traced.values()) span.end({ error: 'retry' });
  }

  #begin(
    original: LoggedEvent,
    { topic, partition, events }: EventBatch,
    { tracing, group }: { readonly tracing: Tracing; readonly group: string },
  ): LoggedEvent {
    const parent = parseTraceparent(original.traceparent);
    const span = parent && tracing.span(`process ${topic}`, { parent, kind: 'consumer' });
    if (span === null) return original;
    span.setAttributes({
      'messaging.operation.type': 'process',
      'messaging.destination.name': topic,
      'messaging.destination.partition.id': String(partition),
      'messaging.consumer.group.name': group,
      'messaging.batch.message_count': events.length,
      'messaging.message.id': original.id,
      'apilink.event.type': original.type,
    });
    const event = { ...original, traceparent: formatTraceparent(span.context) };
    this.#traced.set(event, { original, span });
    return event;
  }
}
