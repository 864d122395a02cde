import type { AttemptClass, Outcome } from '@apilink/contracts';
import type { Metrics } from '@apilink/service';
import { Histogram, type Counter, type Gauge } from 'prom-client';

const OVERHEAD_BUCKETS_SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];
const FIRST_TOKEN_BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 12, 20, 30, 60];

/** Made by libs/service together with the application. */
const REQUEST_SECONDS = 'apilink_http_request_duration_seconds';

interface Sizes {
  readonly holdsOpen: () => number;
  readonly spoolBytes: () => number;
  readonly clockDifferenceSeconds: () => number;
  readonly isLogAway: () => boolean;
}

/** What an edge counts. Labels are closed sets: outcomes, classes, the providers of the catalog. */
export class EdgeMetrics {
  readonly inflight: Gauge;
  readonly streamEnds: Counter<'reason'>;
  readonly overhead: Histogram;
  readonly firstToken: Histogram;
  readonly upstreamRequests: Counter<'provider' | 'class'>;
  readonly failovers: Counter;
  readonly unpricedUsage: Counter<'dimension'>;
  readonly refusedUsage: Counter<'provider'>;
  readonly holdsOpen: Gauge;
  readonly spoolBytes: Gauge;
  readonly clockDifference: Gauge;
  readonly eventLogAway: Gauge;
  #sizes: Sizes = { holdsOpen: () => 0, spoolBytes: () => 0, clockDifferenceSeconds: () => 0, isLogAway: () => false };

  #requests: Histogram | null = null;

  constructor(private readonly metrics: Metrics) {
    this.inflight = metrics.gauge({
      name: 'apilink_edge_inflight_requests',
      help: 'Requests of the hot lane that run now.',
    });
    this.streamEnds = metrics.counter({
      name: 'apilink_stream_end_total',
      help: 'Admitted requests by their outcome.',
      labelNames: ['reason'],
    });
    this.overhead = metrics.histogram({
      name: 'apilink_gateway_overhead_seconds',
      help: 'Our own time from the whole request to its first dispatch.',
      buckets: OVERHEAD_BUCKETS_SECONDS,
    });
    this.firstToken = metrics.histogram({
      name: 'apilink_time_to_first_token_seconds',
      help: 'From the whole request to the first token of its answer.',
      buckets: FIRST_TOKEN_BUCKETS_SECONDS,
    });
    this.upstreamRequests = metrics.counter({
      name: 'apilink_upstream_requests_total',
      help: 'Attempts at providers by what became of them.',
      labelNames: ['provider', 'class'],
    });
    this.failovers = metrics.counter({
      name: 'apilink_failovers_total',
      help: 'Requests handed to the next endpoint after a failure.',
    });
    this.unpricedUsage = metrics.counter({
      name: 'apilink_unpriced_usage_total',
      help: 'Answers with usage that their price list has no rate for: it was given away.',
      labelNames: ['dimension'],
    });
    this.refusedUsage = metrics.counter({
      name: 'apilink_refused_usage_total',
      help: 'Answers whose provider told a usage that cannot be true: they were charged as metered here.',
      labelNames: ['provider'],
    });
    this.holdsOpen = metrics.gauge({
      name: 'apilink_holds_open',
      help: 'Holds that this edge renews: running, or not yet acknowledged.',
      collect: () => this.holdsOpen.set(this.#sizes.holdsOpen()),
    });
    this.spoolBytes = metrics.gauge({
      name: 'apilink_spool_bytes',
      help: 'Bytes of usage events on the disk that the event log has not taken.',
      collect: () => this.spoolBytes.set(this.#sizes.spoolBytes()),
    });
    this.eventLogAway = metrics.gauge({
      name: 'apilink_event_log_away',
      help: '1 while the event log does not take usage events, and they go to the disk.',
      collect: () => this.eventLogAway.set(this.#sizes.isLogAway() ? 1 : 0),
    });
    this.clockDifference = metrics.gauge({
      name: 'apilink_clock_difference_seconds',
      help: "How far the gate's clock is ahead of this host's, as the last admission told.",
      collect: () => this.clockDifference.set(this.#sizes.clockDifferenceSeconds()),
    });
  }

  /** What is counted elsewhere and read when somebody asks. */
  observe(sizes: Sizes): void {
    this.#sizes = sizes;
  }

  /**
   * A request of the hot lane in the histogram of every service's requests, which Nest's own reach by themselves.
   * @param route a path of ours, never the client's
   */
  requestEnded(facts: { readonly method: string; readonly route: string; readonly status: number }, ms: number): void {
    if (this.#requests === null) {
      const known = this.metrics.registry.getSingleMetric(REQUEST_SECONDS);
      if (known instanceof Histogram) this.#requests = known;
    }
    const { method, route, status } = facts;
    this.#requests?.observe({ method, route, status: String(status) }, ms / 1000);
  }

  upstreamRequest(provider: string, attemptClass: AttemptClass): void {
    this.upstreamRequests.inc({ provider, class: attemptClass });
  }

  streamEnded(outcome: Outcome): void {
    this.streamEnds.inc({ reason: outcome });
  }
}
