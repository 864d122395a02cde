import { EVERYDAY_FAILURE_SHARE } from './faults.mjs';
import { logNormal } from './random.mjs';

/** How long a failed attempt takes, by its class, ms. */
const failureMs = {
  connect_error: 30,
  reset: 80,
  server_error: 150,
  rate_limited: 60,
  credential_refused: 60,
  first_token_timeout: 12_000,
};

const FIRST_TOKEN_MS = 600;
const FIRST_TOKEN_SPREAD = 0.35;
const clear = { failureShare: 0, class: 'server_error', latencyFactor: 1, capacity: Infinity };

/** The endpoints as they really are at any instant: what the edges try to find out, and the oracle knows. Time only goes on. */
export class Sky {
  #faults;
  #next = 0;
  #running = [];
  #current;
  #second;
  #counts;

  /** @param faults of `faultKinds`; @param endpoints with `price`. */
  constructor(faults, endpoints, random) {
    this.#faults = faults.toSorted((one, other) => one.from - other.from);
    this.endpoints = endpoints;
    this.random = random;
    this.#current = endpoints.map(() => clear);
    this.#counts = endpoints.map(() => 0);
    this.#second = 0;
  }

  /** Moves the clock on; cheap when nothing changes. */
  moveTo(at) {
    const second = Math.floor(at / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#counts.fill(0);
    }
    let hasChanged = false;
    while (this.#next < this.#faults.length && this.#faults[this.#next].from <= at) {
      this.#running.push(this.#faults[this.#next]);
      this.#next += 1;
      hasChanged = true;
    }
    if (this.#running.length > 0 && this.#running.some(({ to }) => to <= at)) {
      this.#running = this.#running.filter(({ to }) => to > at);
      hasChanged = true;
    }
    if (hasChanged) this.#current = this.endpoints.map((_, endpoint) => worst(this.#running, endpoint));
  }

  /** One attempt that begins now: its class and how long it takes to its first token or its failure. */
  attempt(endpoint) {
    const { failureShare, latencyFactor, capacity, class: failureClass } = this.#current[endpoint];
    this.#counts[endpoint] += 1;
    if (this.#counts[endpoint] > capacity) return { class: 'rate_limited', ms: failureMs.rate_limited };
    if (this.random() < failureShare) return { class: failureClass, ms: failureMs[failureClass] };
    if (this.random() < EVERYDAY_FAILURE_SHARE) return { class: 'reset', ms: failureMs.reset };
    const ms = logNormal(this.random, FIRST_TOKEN_MS * latencyFactor, FIRST_TOKEN_SPREAD);
    return ms > failureMs.first_token_timeout
      ? { class: 'first_token_timeout', ms: failureMs.first_token_timeout }
      : { class: 'ok', ms };
  }

  /** What one who knew everything would take: the cheapest endpoint of which more than half of the attempts succeed; null when there is none. */
  best() {
    let best = null;
    for (const [endpoint, { failureShare, capacity }] of this.#current.entries()) {
      if (failureShare >= 0.5 || this.#counts[endpoint] >= capacity) continue;
      if (best === null || this.endpoints[endpoint].price < this.endpoints[best].price) best = endpoint;
    }
    return best;
  }

  latencyOf(endpoint) {
    return FIRST_TOKEN_MS * this.#current[endpoint].latencyFactor;
  }
}

function worst(running, endpoint) {
  let found = clear;
  for (const one of running) {
    if (one.endpoint !== endpoint) continue;
    const isWorse = one.failureShare >= found.failureShare;
    found = {
      failureShare: Math.max(found.failureShare, one.failureShare),
      class: isWorse ? one.class : found.class,
      latencyFactor: Math.max(found.latencyFactor, one.latencyFactor),
      capacity: Math.min(found.capacity, one.capacity),
    };
  }
  return found;
}
