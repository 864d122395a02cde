import type { FailureClass } from './attempt-class.js';

/** Bounds of one request. A client that waits longer or costs more tries is not helped. */
export const ENDPOINTS_MAX = 3;
export const ATTEMPTS_MAX = 4;
export const ATTEMPTS_PER_ENDPOINT_MAX = 2;
/** Until the first byte of an answer, all attempts together. */
export const FIRST_BYTE_BUDGET_MS = 30_000;
/** A longer `retry-after` is not worth the wait on the same endpoint. */
export const RETRY_AFTER_WAIT_MS_MAX = 2_000;
/** Before a second attempt where there is no other endpoint to try and the upstream named no wait. */
export const SOLE_ENDPOINT_WAIT_MS = 250;

/** Where a request stands, after the attempts so far. Made by `beginTrying`, moved on by `afterNextTry`. */
export interface TryState {
  /** Attempts made, the failed one included. */
  readonly attempts: number;
  /** Endpoints tried, the current one included. */
  readonly endpoints: number;
  /** Attempts on the current endpoint, the failed one included. */
  readonly attemptsHere: number;
  /** Candidates that have not been tried. */
  readonly candidatesLeft: number;
  /** Credentials of the current endpoint that this request has not used. */
  readonly credentialsLeft: number;
  /** The caller put the current endpoint first, by an explicit order. */
  readonly isOrdered: boolean;
  /** The conversation is sticky to the current endpoint: its cache is warm. */
  readonly isSticky: boolean;
  /** Content has reached the client: from then on a failure can only be resumed, which is not a matter of trying. */
  readonly contentSent: boolean;
  /** When the first byte has to be there, ms since the epoch. */
  readonly deadlineAt: number;
}

export interface Failure {
  readonly class: FailureClass;
  /** The upstream's status; null when there was no answer. */
  readonly status: number | null;
  /** What the upstream asked for, in ms; null when it did not. */
  readonly retryAfterMs: number | null;
  /** When the attempt failed, ms since the epoch. */
  readonly at: number;
}

/**
 * What to do after a failure: `same` endpoint and credential again, `rotate` to another credential of the same endpoint,
 * the `next` candidate, or `give_up` and answer with an error.
 */
export interface NextTry {
  readonly kind: 'same' | 'rotate' | 'next' | 'give_up';
  readonly waitMs: number;
}

const giveUp: NextTry = Object.freeze({ kind: 'give_up', waitMs: 0 });
const next: NextTry = Object.freeze({ kind: 'next', waitMs: 0 });
const rotate: NextTry = Object.freeze({ kind: 'rotate', waitMs: 0 });

/** The endpoint that is about to be tried. */
export interface TriedEndpoint {
  /** Usable credentials, the one about to be used included. */
  readonly credentials: number;
  readonly isOrdered: boolean;
  readonly isSticky: boolean;
}

/** The state at the first attempt. `candidates` counts the first endpoint too. */
export function beginTrying(first: TriedEndpoint, candidates: number, deadlineAt: number): TryState {
  return {
    attempts: 1,
    endpoints: 1,
    attemptsHere: 1,
    candidatesLeft: candidates - 1,
    credentialsLeft: Math.max(0, first.credentials - 1),
    isOrdered: first.isOrdered,
    isSticky: first.isSticky,
    contentSent: false,
    deadlineAt,
  };
}

/** The state at the attempt that `nextTry` decided on; `tried` is the candidate that it goes to. */
export function afterNextTry(state: TryState, kind: 'same' | 'rotate' | 'next', tried: TriedEndpoint): TryState {
  const attempts = state.attempts + 1;
  if (kind === 'next') {
    const moved = beginTrying(tried, state.candidatesLeft, state.deadlineAt);
    return { ...moved, attempts, endpoints: state.endpoints + 1 };
  }
  const credentialsLeft = kind === 'rotate' ? state.credentialsLeft - 1 : state.credentialsLeft;
  return { ...state, attempts, attemptsHere: state.attemptsHere + 1, credentialsLeft };
}

/** What each class of failure calls for. */
const policies: Readonly<Record<FailureClass, (state: TryState, failure: Failure) => NextTry>> = {
  request_refused: () => giveUp,
  cancelled: () => giveUp,
  credential_refused: (state) => (mayRotate(state) ? rotate : moveOn(state)),
  // What was silent once would cost its whole deadline again.
  first_token_timeout: moveOn,
  idle_timeout: moveOn,
  rate_limited: afterAnswer,
  server_error: afterAnswer,
  connect_error: moveOnOrRepeat,
  reset: moveOnOrRepeat,
  malformed: moveOnOrRepeat,
  cut: moveOnOrRepeat,
};

/** The retry policy, one failure at a time. Never waits past the deadline and never exceeds the bounds above. */
export function nextTry(state: TryState, failure: Failure): NextTry {
  if (state.contentSent || state.attempts >= ATTEMPTS_MAX || failure.at >= state.deadlineAt) return giveUp;
  return policies[failure.class](state, failure);
}

/** The upstream answered that it cannot now: a 429, a 408 or a 5xx. */
function afterAnswer(state: TryState, failure: Failure): NextTry {
  if (failure.retryAfterMs !== null) {
    const isWorthWaiting = state.isOrdered || state.isSticky || !canMoveOn(state);
    return (isWorthWaiting ? repetition(state, failure, failure.retryAfterMs) : null) ?? moveOn(state);
  }
  // A plain 500 is often one bad worker behind a balancer; 502 to 504 say that the whole is unwell.
  if (failure.status === 500) return repetition(state, failure, 0) ?? moveOn(state);
  return moveOnOrRepeat(state, failure);
}

/** Elsewhere if possible; a second attempt here beats an error when there is nowhere else to go. */
function moveOnOrRepeat(state: TryState, failure: Failure): NextTry {
  return canMoveOn(state) ? next : (repetition(state, failure, SOLE_ENDPOINT_WAIT_MS) ?? giveUp);
}

/**
 * The one repetition that a request has: three endpoints and a repetition are the four attempts. Null when it is used up,
 * or when the wait is too long.
 */
function repetition(state: TryState, failure: Failure, waitMs: number): NextTry | null {
  const isUnused = state.attempts === state.endpoints;
  const isInTime = waitMs <= RETRY_AFTER_WAIT_MS_MAX && failure.at + waitMs < state.deadlineAt;
  return isUnused && isInTime ? { kind: 'same', waitMs } : null;
}

function mayRotate(state: TryState): boolean {
  return state.credentialsLeft > 0 && state.attemptsHere < ATTEMPTS_PER_ENDPOINT_MAX;
}

function canMoveOn(state: TryState): boolean {
  return state.candidatesLeft > 0 && state.endpoints < ENDPOINTS_MAX;
}

function moveOn(state: TryState): NextTry {
  return canMoveOn(state) ? next : giveUp;
}
