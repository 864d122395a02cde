import {
  circuitAt,
  failureShare,
  healthyState,
  recordAttempt,
  recordCounts,
  startProbe,
  stricter,
} from '@apilink/routing';

/** One edge's view of the endpoints, and its counts for the router: what apps/edge-proxy does with libs/routing. */
export class SimulatedEdge {
  #states;
  #counts;

  constructor(endpoints, router, tuning) {
    this.ids = endpoints.map(({ endpointId }) => endpointId);
    this.index = new Map(this.ids.map((id, index) => [id, index]));
    this.router = router;
    this.tuning = tuning;
    this.#states = endpoints.map(() => healthyState);
    this.#counts = endpoints.map(() => ({}));
  }

  circuitOf(endpointId, now) {
    const index = this.index.get(endpointId);
    return stricter(circuitAt(this.#states[index], now), this.router.told[index]);
  }

  failureShareOf(endpointId, now) {
    return failureShare(this.#states[this.index.get(endpointId)], now);
  }

  attemptStarted(index, now) {
    const state = this.#states[index];
    if (circuitAt(state, now) === 'half-open') this.#states[index] = startProbe(state, now);
  }

  attemptEnded(index, attemptClass, now, startedAt) {
    this.#states[index] = recordAttempt(this.#states[index], attemptClass, now, startedAt, this.tuning);
    const counts = this.#counts[index];
    counts[attemptClass] = (counts[attemptClass] ?? 0) + 1;
  }

  /** The counts since the last time, one of each endpoint. */
  takeCounts() {
    const taken = this.#counts;
    this.#counts = this.ids.map(() => ({}));
    return taken;
  }
}

/** The router: adds up what edges report every second, and tells them its own view a second later. */
export class SimulatedRouter {
  #states;

  constructor(endpoints, tuning) {
    this.tuning = tuning;
    this.#states = endpoints.map(() => healthyState);
    this.told = endpoints.map(() => 'closed');
  }

  tick(edges, now) {
    this.told = this.#states.map((state) => circuitAt(state, now));
    for (const edge of edges) {
      for (const [index, counts] of edge.takeCounts().entries()) {
        this.#states[index] = recordCounts(this.#states[index], counts, now - 1000, now, this.tuning);
      }
    }
  }
}
