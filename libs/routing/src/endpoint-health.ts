import { attemptClasses, failureClasses, isFailure, type AttemptClass, type FailureClass } from './attempt-class.js';

/** `half-open`: one request may be sent as a probe now; while that one runs, everybody else sees `open`. */
export type Circuit = 'closed' | 'half-open' | 'open';

const BUCKET_MS = 1_000;
export const HEALTH_WINDOW_MS = 30_000;

/** When a circuit opens and for how long; chosen by tools/simulator (docs/decisions, Constants of a circuit). */
export interface HealthTuning {
  /** Attempts in the window below which a share says nothing. */
  readonly requestsToOpen: number;
  /** Failures among the attempts of the window, 0 to 1. */
  readonly failureShareToOpen: number;
  readonly consecutiveToOpen: number;
  /** How long it stays open at first; doubled by every probe that fails. */
  readonly openMsFirst: number;
  readonly openMsMax: number;
}

export const healthTuning: HealthTuning = Object.freeze({
  requestsToOpen: 5,
  failureShareToOpen: 0.5,
  consecutiveToOpen: 3,
  openMsFirst: 4_000,
  openMsMax: 15_000,
});
/** A probe that never reports (a lost edge, a defect) blocks the next one no longer than an attempt may take. */
const PROBE_LEASE_MS = 30_000;

/** What happened at one endpoint in one second. */
export interface HealthBucket {
  /** Its first millisecond since the epoch. */
  readonly startsAt: number;
  readonly successes: number;
  readonly failures: number;
}

/** Health of one endpoint; immutable, moved on by the reducers below. */
export interface HealthState {
  /** Ascending, at most one per second of the window. */
  readonly buckets: readonly HealthBucket[];
  readonly consecutiveFailures: number;
  /** Null while closed. */
  readonly opening: Opening | null;
  /** When it closed last: attempts begun before then tell of the outage, not of the recovered endpoint. */
  readonly recoveredAt: number;
}

export interface Opening {
  /** The last failure before it opened. */
  readonly reason: FailureClass;
  /** When it first opened, ms since the epoch; failed probes do not move it. */
  readonly since: number;
  /** When it opened last: results of attempts begun before say nothing about recovery. */
  readonly openedAt: number;
  /** From here on it is half-open. */
  readonly until: number;
  /** A probe is running until its result is in, at the latest until here; null when none is. */
  readonly probeUntil: number | null;
}

/** Counts of attempts by class, as an edge reports them for one endpoint and second. */
export type AttemptCounts = { readonly [Class in AttemptClass]?: number };

export const healthyState: HealthState = Object.freeze({
  buckets: [],
  consecutiveFailures: 0,
  opening: null,
  recoveredAt: 0,
});

/** What is taken from attempts, wherever they were counted. */
interface Observation {
  readonly successes: number;
  readonly failures: number;
  readonly reason: FailureClass | null;
  /** The second that it belongs to. */
  readonly at: number;
  readonly startedAt: number;
}

/**
 * Moves on by one attempt that ended now. `startedAt` is when it was sent: one sent before the circuit opened neither
 * closes nor re-opens it, and a failure sent before it closed is no longer held against the endpoint.
 *
 * A client's abort (`cancelled`) and a refusal of the request itself (`request_refused`) are never an endpoint's failure:
 * a breaker that counts them opens on its own clients' aborts. They only free the probe.
 */
export function recordAttempt(
  state: HealthState,
  outcome: AttemptClass,
  nowMs: number,
  startedAt: number = nowMs,
  tuning: HealthTuning = healthTuning,
): HealthState {
  const reason = isFailure(outcome) ? outcome : null;
  const failures = reason === null ? 0 : 1;
  const successes = outcome === 'ok' ? 1 : 0;
  const observed = { successes, failures, reason, at: nowMs, startedAt };
  return record(state, observed, nowMs, { consecutive: consecutiveAfterAttempt, tuning });
}

/**
 * Moves on by the attempts that one edge, or all of them (`mergeCounts`), saw end in the second that begins at `secondAt`.
 * Late and unordered seconds count where they belong as long as they are in the window. Within and between such seconds
 * the order is unknown, so failures are only taken as consecutive when the whole window knows no success.
 */
export function recordCounts(
  state: HealthState,
  counts: AttemptCounts,
  secondAt: number,
  nowMs: number,
  tuning: HealthTuning = healthTuning,
): HealthState {
  let failures = 0;
  let reason: FailureClass | null = null;
  for (const failure of failureClasses) {
    const count = counts[failure] ?? 0;
    failures += count;
    if (count > 0 && (reason === null || count > (counts[reason] ?? 0))) reason = failure;
  }
  const at = Math.min(secondAt, nowMs);
  const observation: Observation = { successes: counts.ok ?? 0, failures, reason, at, startedAt: at };
  return record(state, observation, nowMs, { consecutive: consecutiveInWindow, tuning });
}

/** The circuit as it is to be used now. */
export function circuitAt({ opening }: HealthState, nowMs: number): Circuit {
  if (opening === null) return 'closed';
  if (nowMs < opening.until) return 'open';
  return opening.probeUntil !== null && nowMs < opening.probeUntil ? 'open' : 'half-open';
}

/** To be called when a request is sent to a half-open endpoint: until it is recorded, the circuit is `open` for others. */
export function startProbe(state: HealthState, nowMs: number): HealthState {
  if (state.opening === null || circuitAt(state, nowMs) !== 'half-open') return state;
  return { ...state, opening: { ...state.opening, probeUntil: nowMs + PROBE_LEASE_MS } };
}

/** Failures among the attempts of the window, 0 to 1; 0 without any. The least bad of open endpoints has the lowest. */
export function failureShare(state: HealthState, nowMs: number): number {
  const { successes, failures } = totalsOf(inWindow(state.buckets, nowMs));
  return failures === 0 ? 0 : failures / (successes + failures);
}

const strictness: Readonly<Record<Circuit, number>> = { closed: 0, 'half-open': 1, open: 2 };

/** An edge goes by the stricter of its own view and the router's. */
export function stricter(one: Circuit, other: Circuit): Circuit {
  return strictness[one] >= strictness[other] ? one : other;
}

/** Counts of several edges about the same endpoint and second, added up. */
export function mergeCounts(all: Iterable<AttemptCounts>): AttemptCounts {
  const merged: Partial<Record<AttemptClass, number>> = {};
  for (const counts of all) {
    for (const outcome of attemptClasses) {
      const count = counts[outcome];
      if (count !== undefined) merged[outcome] = (merged[outcome] ?? 0) + count;
    }
  }
  return merged;
}

type ConsecutiveRule = (state: HealthState, observed: Observation, buckets: readonly HealthBucket[]) => number;

function consecutiveAfterAttempt(state: HealthState, observed: Observation): number {
  if (observed.successes > 0) return 0;
  return (state.buckets.length === 0 ? 0 : state.consecutiveFailures) + observed.failures;
}

function consecutiveInWindow(_: HealthState, __: Observation, buckets: readonly HealthBucket[]): number {
  const { successes, failures } = totalsOf(buckets);
  return successes > 0 ? 0 : failures;
}

interface RecordRules {
  readonly consecutive: ConsecutiveRule;
  readonly tuning: HealthTuning;
}

function record(before: HealthState, observed: Observation, nowMs: number, rules: RecordRules): HealthState {
  const { consecutive, tuning } = rules;
  const state = { ...before, buckets: inWindow(before.buckets, nowMs) };
  if (observed.successes + observed.failures === 0) return freeProbe(state, observed);
  const isOfOutage = observed.startedAt < state.recoveredAt;
  if (isOfOutage && observed.failures > 0) return state;
  const buckets = withObservation(state.buckets, observed, nowMs);
  const moved = { ...state, buckets, consecutiveFailures: consecutive(state, observed, buckets) };
  if (state.opening === null) return openIfFailing(moved, observed, nowMs, tuning);
  return probed(moved, state.opening, { observed, nowMs, tuning });
}

function openIfFailing(state: HealthState, { reason }: Observation, nowMs: number, tuning: HealthTuning): HealthState {
  if (reason === null) return state;
  const { successes, failures } = totalsOf(state.buckets);
  const requests = successes + failures;
  const isFailing =
    state.consecutiveFailures >= tuning.consecutiveToOpen ||
    (requests >= tuning.requestsToOpen && failures >= requests * tuning.failureShareToOpen);
  if (!isFailing) return state;
  const until = nowMs + tuning.openMsFirst;
  return { ...state, opening: { reason, since: nowMs, openedAt: nowMs, until, probeUntil: null } };
}

interface Probing {
  readonly observed: Observation;
  readonly nowMs: number;
  readonly tuning: HealthTuning;
}

/** An attempt ended while the circuit is not closed: a probe, a last resort, or one begun before it opened. */
function probed(state: HealthState, opening: Opening, { observed, nowMs, tuning }: Probing): HealthState {
  if (observed.startedAt < opening.openedAt) return state;
  const { successes, failures, reason } = observed;
  if (reason === null || failures < (successes + failures) * tuning.failureShareToOpen) {
    return { ...healthyState, buckets: withObservation([], observed, nowMs), recoveredAt: nowMs };
  }
  if (nowMs < opening.until) return state;
  const openMs = Math.min(2 * (opening.until - opening.openedAt), tuning.openMsMax);
  return { ...state, opening: { ...opening, reason, openedAt: nowMs, until: nowMs + openMs, probeUntil: null } };
}

/** A probe that ended without telling anything: the next request may try. */
function freeProbe(state: HealthState, { startedAt }: Observation): HealthState {
  const { opening } = state;
  if (opening === null || opening.probeUntil === null || startedAt < opening.until) return state;
  return { ...state, opening: { ...opening, probeUntil: null } };
}

function secondOf(at: number): number {
  return Math.floor(at / BUCKET_MS) * BUCKET_MS;
}

function inWindow(buckets: readonly HealthBucket[], nowMs: number): readonly HealthBucket[] {
  const from = secondOf(nowMs) - HEALTH_WINDOW_MS + BUCKET_MS;
  const first = buckets.findIndex((bucket) => bucket.startsAt >= from);
  if (first === 0) return buckets;
  return first === -1 ? [] : buckets.slice(first);
}

function withObservation(
  buckets: readonly HealthBucket[],
  { at, successes, failures }: Observation,
  nowMs: number,
): readonly HealthBucket[] {
  const startsAt = secondOf(at);
  const index = buckets.findLastIndex((bucket) => bucket.startsAt <= startsAt);
  const found = buckets[index];
  if (found?.startsAt === startsAt) {
    return buckets.with(index, {
      startsAt,
      successes: found.successes + successes,
      failures: found.failures + failures,
    });
  }
  return inWindow(buckets.toSpliced(index + 1, 0, { startsAt, successes, failures }), nowMs);
}

function totalsOf(buckets: readonly HealthBucket[]): { successes: number; failures: number } {
  let successes = 0;
  let failures = 0;
  for (const bucket of buckets) {
    successes += bucket.successes;
    failures += bucket.failures;
  }
  return { successes, failures };
}
