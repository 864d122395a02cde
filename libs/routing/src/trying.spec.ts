import { describe, expect, it } from '@jest/globals';
import { array, assert, boolean, constantFrom, integer, nat, option, property, record } from 'fast-check';

import { attemptClasses, type FailureClass } from './attempt-class.js';
import {
  ATTEMPTS_MAX,
  ATTEMPTS_PER_ENDPOINT_MAX,
  ENDPOINTS_MAX,
  RETRY_AFTER_WAIT_MS_MAX,
  SOLE_ENDPOINT_WAIT_MS,
  afterNextTry,
  beginTrying,
  nextTry,
  type Failure,
  type NextTry,
  type TriedEndpoint,
  type TryState,
} from './trying.js';

const deadlineAt = 30_000;
const plain: TriedEndpoint = { credentials: 1, isOrdered: false, isSticky: false };
const ordered: TriedEndpoint = { ...plain, isOrdered: true };

function failing(failure: FailureClass, more: Partial<Failure> = {}): Failure {
  return { class: failure, status: null, retryAfterMs: null, at: 1000, ...more };
}
const lastChance = `same after ${SOLE_ENDPOINT_WAIT_MS}`;
const error500 = failing('server_error', { status: 500 });
const error503 = failing('server_error', { status: 503 });

function after(retryAfterMs: number): Failure {
  return failing('rate_limited', { status: 429, retryAfterMs });
}

/** What becomes of a request whose every attempt fails alike. */
function story(first: TriedEndpoint, candidates: number, failure: Failure): string[] {
  const steps: string[] = [];
  let state = beginTrying(first, candidates, deadlineAt);
  let step = nextTry(state, failure);
  while (step.kind !== 'give_up') {
    steps.push(step.waitMs === 0 ? step.kind : `${step.kind} after ${step.waitMs}`);
    state = afterNextTry(state, step.kind, plain);
    step = nextTry(state, failure);
  }
  return steps;
}

describe('nextTry', () => {
  it.each<FailureClass>(['connect_error', 'reset', 'cut', 'malformed', 'server_error', 'rate_limited'])(
    'goes to the next endpoint at once after a %s, to three in all, and repeats the last',
    (failure) => {
      expect(story(plain, 5, failing(failure))).toEqual(['next', 'next', lastChance]);
    },
  );

  it.each<FailureClass>(['first_token_timeout', 'idle_timeout'])(
    'never tries an endpoint again after a %s',
    (failure) => {
      expect(story(plain, 5, failing(failure))).toEqual(['next', 'next']);
      expect(story(plain, 1, failing(failure))).toEqual([]);
    },
  );

  it('repeats a 500 once on the same endpoint, then fails over', () => {
    expect(story(plain, 2, error500)).toEqual(['same', 'next']);
  });

  it('still reaches the third endpoint when every one answers 500', () => {
    expect(story(plain, 3, error500)).toEqual(['same', 'next', 'next']);
  });

  it('never tries a refused request elsewhere', () => {
    for (const status of [400, 413, 422]) {
      expect(story(plain, 3, failing('request_refused', { status }))).toEqual([]);
    }
  });

  it('stops when the client has gone', () => {
    expect(story(plain, 3, failing('cancelled'))).toEqual([]);
  });

  it.each([failing('connect_error'), failing('reset'), error503, failing('rate_limited', { status: 429 })])(
    'gives the only endpoint a second attempt after a moment: %j',
    (failure) => {
      expect(story(plain, 1, failure)).toEqual([lastChance]);
    },
  );

  it('does nothing once content has reached the client', () => {
    const state = { ...beginTrying(plain, 3, deadlineAt), contentSent: true };
    expect(nextTry(state, failing('reset')).kind).toBe('give_up');
  });

  it('does nothing after the deadline', () => {
    expect(story(plain, 3, failing('reset', { at: deadlineAt }))).toEqual([]);
  });
});

describe('nextTry, told to retry after a while', () => {
  it('waits once on the endpoint that the caller put first', () => {
    expect(story(ordered, 2, after(2000))).toEqual(['same after 2000', 'next']);
  });

  it('waits once on the endpoint that holds the conversation', () => {
    expect(story({ ...plain, isSticky: true }, 2, after(1500))).toEqual(['same after 1500', 'next']);
  });

  it('waits once where there is nowhere else to go', () => {
    expect(story(plain, 1, after(2000))).toEqual(['same after 2000']);
    expect(story(plain, 2, after(2000))).toEqual(['next', 'same after 2000']);
  });

  it('fails over at once where another endpoint can answer', () => {
    expect(story(plain, 3, after(100))[0]).toBe('next');
  });

  it('never waits longer than two seconds', () => {
    expect(story(ordered, 2, after(2001))).toEqual(['next']);
    expect(story(plain, 1, after(60_000))).toEqual([]);
  });

  it('never waits past the deadline', () => {
    expect(story(plain, 1, { ...after(2000), at: deadlineAt - 2000 })).toEqual([]);
    expect(story(ordered, 2, { ...after(2000), at: deadlineAt - 2000 })).toEqual(['next']);
  });

  it('heeds it on a 503 too', () => {
    expect(story(ordered, 2, { ...error503, retryAfterMs: 1000 })).toEqual(['same after 1000', 'next']);
  });
});

describe('nextTry, refused as a customer of the provider', () => {
  const refused = failing('credential_refused', { status: 401 });

  it('rotates to another credential of the same endpoint, then goes on', () => {
    expect(story({ ...plain, credentials: 3 }, 2, refused)).toEqual(['rotate', 'next']);
  });

  it('goes to the next endpoint when there is no other credential', () => {
    expect(story(plain, 2, refused)).toEqual(['next']);
    expect(story({ ...plain, credentials: 0 }, 1, refused)).toEqual([]);
  });
});

describe('nextTry, whatever happens', () => {
  it('keeps to three endpoints, four attempts, two on one, waits of two seconds and the deadline', () => {
    const endpointArb = record({ credentials: nat(3), isOrdered: boolean(), isSticky: boolean() });
    const failureArb = record({
      class: constantFrom(...attemptClasses.filter((outcome) => outcome !== 'ok')),
      status: constantFrom(null, 408, 429, 500, 502, 503),
      retryAfterMs: option(nat(5000)),
      tookMs: nat(12_000),
    });
    assert(
      property(
        integer({ min: 1, max: 6 }),
        array(endpointArb, { minLength: 6, maxLength: 6 }),
        array(failureArb, { minLength: 10, maxLength: 10 }),
        (candidates, endpoints, failures) => {
          const tries = play(candidates, endpoints, failures);
          const perEndpoint = new Map<number, number>();
          for (const { endpoint } of tries) perEndpoint.set(endpoint, (perEndpoint.get(endpoint) ?? 0) + 1);
          expect(tries.length).toBeLessThanOrEqual(ATTEMPTS_MAX);
          expect(perEndpoint.size).toBeLessThanOrEqual(Math.min(ENDPOINTS_MAX, candidates));
          expect(Math.max(...perEndpoint.values())).toBeLessThanOrEqual(ATTEMPTS_PER_ENDPOINT_MAX);
          expect(Math.max(...tries.map(({ waitedMs }) => waitedMs))).toBeLessThanOrEqual(RETRY_AFTER_WAIT_MS_MAX);
          expect(Math.max(...tries.map(({ startedAt }) => startedAt))).toBeLessThan(deadlineAt);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

interface Played {
  readonly endpoint: number;
  readonly startedAt: number;
  readonly waitedMs: number;
}

function play(
  candidates: number,
  endpoints: readonly TriedEndpoint[],
  failures: readonly (Omit<Failure, 'at'> & { tookMs: number })[],
): Played[] {
  let state: TryState = beginTrying(endpoints[0] ?? plain, candidates, deadlineAt);
  let endpoint = 0;
  let now = 0;
  const tries: Played[] = [{ endpoint, startedAt: now, waitedMs: 0 }];
  for (const failure of failures) {
    now += failure.tookMs;
    const step: NextTry = nextTry(state, { ...failure, at: now });
    if (step.kind === 'give_up') break;
    if (step.kind === 'next') endpoint += 1;
    state = afterNextTry(state, step.kind, endpoints[endpoint] ?? plain);
    now += step.waitMs;
    tries.push({ endpoint, startedAt: now, waitedMs: step.waitMs });
  }
  return tries;
}
