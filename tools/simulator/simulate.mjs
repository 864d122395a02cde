import { afterNextTry, beginTrying, chooseEndpoints, FIRST_BYTE_BUDGET_MS, nextTry } from '@apilink/routing';

import { EventQueue } from './event-queue.mjs';
import { exponential, seededRandom } from './random.mjs';
import { SimulatedEdge, SimulatedRouter } from './simulated-edge.mjs';
import { Sky } from './sky.mjs';

const credentialsOfEndpoint = 2;

/**
 * A stretch of traffic against generated faults, on a virtual clock: the code of `libs/routing` as the edges run it.
 *
 * @param setting `endpoints` [{endpointId, price}], `faults` of faults.mjs by a function of chance, `hours`, `perSecond`,
 *   `edges`, `seed`, `tuning` (HealthTuning).
 */
export function simulate({ endpoints, faults, hours, perSecond, edges: edgeCount, seed, tuning }) {
  const untilMs = hours * 3_600_000;
  // Each on its own, so that another constant meets the same faults and the same arrivals.
  const [chanceOfFaults, chanceOfArrivals, random] = [1, 2, 3].map((part) => seededRandom(seed * 1000 + part));
  const family = endpoints.map(candidate);
  const sky = new Sky(faults(chanceOfFaults, endpoints.length, untilMs), endpoints, random);
  const router = new SimulatedRouter(endpoints, tuning);
  const edges = Array.from({ length: edgeCount }, () => new SimulatedEdge(endpoints, router, tuning));
  const tally = new Tally(endpoints);
  const queue = new EventQueue();
  let arrivesAt = 0;
  let ticksAt = 1000;
  while (arrivesAt < untilMs) {
    const now = Math.min(arrivesAt, ticksAt, queue.nextAt);
    sky.moveTo(now);
    if (now === queue.nextAt) queue.pop()(now);
    else if (now === ticksAt) {
      router.tick(edges, now);
      ticksAt += 1000;
    } else {
      const edge = edges[Math.floor(random() * edgeCount)];
      new SimulatedRequest({ edge, sky, queue, tally, family, random }, now).begin();
      arrivesAt += exponential(chanceOfArrivals, 1000 / perSecond);
    }
  }
  return tally.result();
}

/** What choosing wants to know of an endpoint beside its price. */
function candidate({ endpointId, price }) {
  return {
    endpointId,
    enabled: true,
    weight: 1,
    dialects: ['chat'],
    capabilities: [],
    contextLength: 1_000_000,
    price,
    provider: endpointId,
    dataPolicy: { training: false, retentionDays: 0 },
    quantization: null,
    asking: { prompt: price, completion: price, request: 0, image: 0 },
  };
}

class SimulatedRequest {
  constructor(world, now) {
    this.world = world;
    this.startedAt = now;
    this.best = world.sky.best();
    this.expectedMs = this.best === null ? 0 : world.sky.latencyOf(this.best);
  }

  begin() {
    const { edge, family, random } = this.world;
    const { candidates } = chooseEndpoints({
      endpoints: family,
      dialects: ['chat'],
      needs: [],
      contextTokens: 1000,
      healthOf: (endpointId) => edge.circuitOf(endpointId, this.startedAt),
      failureShareOf: (endpointId) => edge.failureShareOf(endpointId, this.startedAt),
      random,
    });
    this.candidates = candidates;
    this.at = 0;
    this.state = beginTrying(tried, candidates.length, this.startedAt + FIRST_BYTE_BUDGET_MS);
    this.attempt(this.startedAt);
  }

  attempt(now) {
    const { edge, sky, queue } = this.world;
    const index = edge.index.get(this.candidates[this.at].endpointId);
    edge.attemptStarted(index, now);
    const { class: attemptClass, ms } = sky.attempt(index);
    queue.push(now + ms, (endedAt) => this.ended(index, attemptClass, now, endedAt));
  }

  ended(index, attemptClass, startedAt, now) {
    const { edge, sky, tally, queue } = this.world;
    edge.attemptEnded(index, attemptClass, now, startedAt);
    tally.attempt();
    if (attemptClass === 'ok') {
      tally.succeeded(this, index, startedAt - this.startedAt + sky.latencyOf(index));
      return;
    }
    const { kind, waitMs } = nextTry(this.state, { class: attemptClass, status: null, retryAfterMs: null, at: now });
    if (kind === 'give_up') {
      tally.failed(this);
      return;
    }
    if (kind === 'next') this.at += 1;
    this.state = afterNextTry(this.state, kind, tried);
    if (waitMs === 0) this.attempt(now);
    else queue.push(now + waitMs, (later) => this.attempt(later));
  }
}

const tried = { credentials: credentialsOfEndpoint, isOrdered: false, isSticky: false };

/** What became of all requests, beside what one who knew everything would have reached. */
class Tally {
  #requests = 0;
  #succeeded = 0;
  #possible = 0;
  #missed = 0;
  #attempts = 0;
  #paid = 0;
  #best = 0;
  #addedMs = [];
  #seen = 0;

  constructor(endpoints) {
    this.endpoints = endpoints;
  }

  attempt() {
    this.#attempts += 1;
  }

  /** @param ms what it had to wait for: tries that failed, and the usual time of the endpoint that answered. */
  succeeded(request, index, ms) {
    this.#count(request);
    this.#succeeded += 1;
    if (request.best === null) return;
    this.#paid += this.endpoints[index].price;
    this.#best += this.endpoints[request.best].price;
    this.#note(Math.max(0, ms - request.expectedMs));
  }

  failed(request) {
    this.#count(request);
    if (request.best !== null) this.#missed += 1;
  }

  #count({ best }) {
    this.#requests += 1;
    if (best !== null) this.#possible += 1;
  }

  /** A sample is enough for percentiles: every 64th. */
  #note(addedMs) {
    this.#seen += 1;
    if (this.#seen % 64 === 0) this.#addedMs.push(addedMs);
  }

  result() {
    const sorted = Float64Array.from(this.#addedMs).toSorted();
    const percentile = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return {
      requests: this.#requests,
      succeeded: this.#succeeded / this.#requests,
      /** Failed although somebody could have answered. */
      missed: this.#missed / Math.max(1, this.#possible),
      /** Somebody could have answered. */
      possible: this.#possible / this.#requests,
      attemptsPerRequest: this.#attempts / this.#requests,
      addedMs: { p50: percentile(0.5), p90: percentile(0.9), p99: percentile(0.99), p999: percentile(0.999) },
      priceOverBest: this.#paid / this.#best,
    };
  }
}
