import type { Metrics } from '@apilink/service';

/** Counts events that can never be handled: each is an alert. */
export class PoisonMetrics {
  readonly #poison;

  constructor(metrics: Metrics) {
    this.#poison = metrics.counter({
      name: 'apilink_dlq_messages_total',
      help: 'Events that went to the dead letters, by topic.',
      labelNames: ['topic'],
    });
  }

  poisoned(topic: string, count: number): void {
    if (count > 0) this.#poison.inc({ topic }, count);
  }
}
