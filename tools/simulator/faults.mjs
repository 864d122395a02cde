import { between, exponential } from './random.mjs';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/**
 * A fault lasts from `from` to `to` (ms) at one endpoint. `failureShare` of the attempts end with `class`; the others take
 * `latencyFactor` times as long. `capacity`: attempts a second beyond which it answers 429. `credential`: every attempt is
 * refused for its credential.
 */
function fault(endpoint, from, to, more) {
  return { endpoint, from, to, failureShare: 0, class: 'server_error', latencyFactor: 1, capacity: Infinity, ...more };
}

/** Instants of a Poisson process over `untilMs`, on average one every `everyMs`. */
function instants(random, everyMs, untilMs) {
  const found = [];
  for (let at = exponential(random, everyMs); at < untilMs; at += exponential(random, everyMs)) found.push(at);
  return found;
}

function pickEndpoint(random, endpoints) {
  return Math.floor(random() * endpoints);
}

/** Each kind of trouble by its name: given chance, endpoints and time, the faults it makes. */
export const faultKinds = {
  /** Everything at one endpoint fails, fast, for minutes. */
  outages: (random, endpoints, untilMs) =>
    instants(random, 4 * HOUR, untilMs).map((at) =>
      fault(pickEndpoint(random, endpoints), at, at + between(random, 1, 20) * MINUTE, {
        failureShare: 1,
        class: random() < 0.5 ? 'connect_error' : 'server_error',
      }),
    ),
  /** Several endpoints that share a cloud fail together. */
  correlated: (random, endpoints, untilMs) =>
    instants(random, 12 * HOUR, untilMs).flatMap((at) => {
      const to = at + between(random, 2, 15) * MINUTE;
      const hit = Array.from({ length: endpoints }, (_, endpoint) => endpoint).filter(() => random() < 0.5);
      return hit.map((endpoint) => fault(endpoint, at, to, { failureShare: 0.95 }));
    }),
  /** A part of the attempts fails, and all are slow: no circuit ought to open for ever on it. */
  brownouts: (random, endpoints, untilMs) =>
    instants(random, 2 * HOUR, untilMs).map((at) =>
      fault(pickEndpoint(random, endpoints), at, at + between(random, 5, 30) * MINUTE, {
        failureShare: between(random, 0.05, 0.6),
        latencyFactor: between(random, 1.5, 4),
      }),
    ),
  /** Slower by the minute, without a failure, until it is repaired. */
  drifts: (random, endpoints, untilMs) =>
    instants(random, 8 * HOUR, untilMs).flatMap((at) => {
      const endpoint = pickEndpoint(random, endpoints);
      return Array.from({ length: 12 }, (_, step) =>
        fault(endpoint, at + step * 5 * MINUTE, at + (step + 1) * 5 * MINUTE, { latencyFactor: 1 + step * 0.5 }),
      );
    }),
  /** Our limit there shrinks to a part of what we send. */
  limits: (random, endpoints, untilMs) =>
    instants(random, 3 * HOUR, untilMs).map((at) =>
      fault(pickEndpoint(random, endpoints), at, at + between(random, 1, 15) * MINUTE, {
        capacity: between(random, 5, 100),
      }),
    ),
  /** Up and down again every few seconds. */
  flapping: (random, endpoints, untilMs) =>
    instants(random, 6 * HOUR, untilMs).flatMap((at) => {
      const endpoint = pickEndpoint(random, endpoints);
      const periodMs = between(random, 10_000, 60_000);
      return Array.from({ length: 15 }, (_, index) =>
        fault(endpoint, at + index * periodMs, at + (index + 0.5) * periodMs, { failureShare: 1 }),
      );
    }),
  /** Half of all endpoints are gone for an hour. */
  regional: (random, endpoints, untilMs) =>
    instants(random, 48 * HOUR, untilMs).flatMap((at) =>
      Array.from({ length: Math.ceil(endpoints / 2) }, (_, endpoint) =>
        fault(endpoint, at, at + HOUR, { failureShare: 1, class: 'connect_error' }),
      ),
    ),
  /** It takes the request and says nothing: each attempt costs its whole deadline. */
  silence: (random, endpoints, untilMs) =>
    instants(random, 6 * HOUR, untilMs).map((at) =>
      fault(pickEndpoint(random, endpoints), at, at + between(random, 1, 10) * MINUTE, {
        failureShare: between(random, 0.3, 1),
        class: 'first_token_timeout',
      }),
    ),
  /** One credential is revoked until somebody notices. */
  revoked: (random, endpoints, untilMs) =>
    instants(random, 24 * HOUR, untilMs).map((at) =>
      fault(pickEndpoint(random, endpoints), at, at + between(random, 10, 60) * MINUTE, {
        failureShare: 1,
        class: 'credential_refused',
      }),
    ),
  /** It comes back weak: what was sent elsewhere meanwhile must not fall on it at once. */
  herds: (random, endpoints, untilMs) =>
    instants(random, 6 * HOUR, untilMs).flatMap((at) => {
      const endpoint = pickEndpoint(random, endpoints);
      const back = at + between(random, 1, 5) * MINUTE;
      return [
        fault(endpoint, at, back, { failureShare: 1 }),
        fault(endpoint, back, back + 2 * MINUTE, { capacity: between(random, 20, 60) }),
      ];
    }),
};

/** Nothing but what happens on any day: one attempt in five hundred fails. */
export const EVERYDAY_FAILURE_SHARE = 0.002;
