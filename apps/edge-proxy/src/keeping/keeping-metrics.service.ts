import type { Metrics } from '@apilink/service';
import type { Counter, Gauge } from 'prom-client';

/** What is counted of the things that clients ask to be kept. */
export class KeepingMetrics {
  readonly storedResponses: Counter<'result'>;
  readonly idempotentRequests: Counter<'result'>;
  readonly deleted: Counter<'kind'>;
  readonly storeAway: Gauge;
  #isAway: () => boolean = () => false;

  constructor(metrics: Metrics) {
    this.storedResponses = metrics.counter({
      name: 'apilink_stored_responses_total',
      help: 'Answers that were to be stored, by whether they were; a failed one said so to its client.',
      labelNames: ['result'],
    });
    this.idempotentRequests = metrics.counter({
      name: 'apilink_idempotent_requests_total',
      help: 'Requests with an Idempotency-Key: first of their key, answered again without a charge, or refused.',
      labelNames: ['result'],
    });
    this.deleted = metrics.counter({
      name: 'apilink_kept_deleted_total',
      help: 'Stored responses and idempotent answers that were deleted because their time is over.',
      labelNames: ['kind'],
    });
    this.storeAway = metrics.gauge({
      name: 'apilink_answer_store_away',
      help: '1 while the Postgres of stored responses and idempotent answers does not answer.',
      collect: () => this.storeAway.set(this.#isAway() ? 1 : 0),
    });
  }

  /** Read when somebody asks. */
  observe(isAway: () => boolean): void {
    this.#isAway = isAway;
  }
}
