import type { Metrics } from '@apilink/service';

/** Counts where payments go; what lies in suspense is a gauge of the ledger watch. */
export class PaymentMetrics {
  readonly #booked;

  constructor(metrics: Metrics) {
    this.#booked = metrics.counter({
      name: 'apilink_payments_total',
      help: 'Payments that channels told of, by where they went.',
      labelNames: ['channel', 'disposition'],
    });
  }

  booked(channel: string, disposition: 'credited' | 'suspense'): void {
    this.#booked.inc({ channel, disposition });
  }
}
