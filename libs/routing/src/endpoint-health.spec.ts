import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, nat, property, record } from 'fast-check';

import { attemptClasses, type AttemptClass } from './attempt-class.js';
import {
  HEALTH_WINDOW_MS,
  circuitAt,
  failureShare,
  healthyState,
  mergeCounts,
  recordAttempt,
  recordCounts,
  startProbe,
  stricter,
  type Circuit,
  type HealthState,
} from './endpoint-health.js';

const start = Date.UTC(2026, 10, 22, 12, 0);

/** Attempts one after another, `everyMs` apart, the first at `from`. */
function after(outcomes: readonly AttemptClass[], from = start, everyMs = 100, state = healthyState): HealthState {
  return outcomes.reduce((moved, outcome, index) => recordAttempt(moved, outcome, from + index * everyMs), state);
}

function opened(): HealthState {
  return after(['reset', 'reset', 'reset'], start, 0);
}

function times(count: number, outcome: AttemptClass): AttemptClass[] {
  return Array.from({ length: count }, () => outcome);
}

describe('the circuit opens', () => {
  it('after three failures in a row', () => {
    expect(circuitAt(after(['reset', 'reset']), start + 200)).toBe('closed');
    expect(circuitAt(after(['reset', 'rate_limited', 'server_error']), start + 200)).toBe('open');
    expect(circuitAt(after(['reset', 'reset', 'ok', 'reset']), start + 300)).toBe('closed');
  });

  it('at half of five requests failing, and not at half of four', () => {
    expect(circuitAt(after(['ok', 'reset', 'ok', 'reset']), start + 400)).toBe('closed');
    expect(circuitAt(after(['reset', 'ok', 'reset', 'ok', 'reset']), start + 400)).toBe('open');
    expect(circuitAt(after(['ok', 'ok', 'ok', 'ok', 'reset', 'reset']), start + 600)).toBe('closed');
  });

  it.each(['cancelled', 'request_refused'] as const)('never on %s, however often', (outcome) => {
    expect(after(times(1000, outcome))).toEqual(healthyState);
    expect(circuitAt(after(['reset', 'reset', outcome, outcome]), start + 400)).toBe('closed');
  });

  it.each(['rate_limited', 'credential_refused', 'first_token_timeout', 'cut'] as const)('on %s', (outcome) => {
    expect(circuitAt(after(times(3, outcome)), start + 200)).toBe('open');
  });

  it('not on failures that are longer ago than the window', () => {
    const two = after(['reset', 'reset']);
    expect(
      circuitAt(recordAttempt(two, 'reset', start + HEALTH_WINDOW_MS + 1000), start + HEALTH_WINDOW_MS + 1000),
    ).toBe('closed');
    expect(failureShare(two, start + HEALTH_WINDOW_MS + 1000)).toBe(0);
  });

  it('and tells the last reason and since when', () => {
    expect(after(['reset', 'reset', 'rate_limited']).opening).toMatchObject({
      reason: 'rate_limited',
      since: start + 200,
    });
  });
});

describe('an open circuit', () => {
  it('turns half-open after 4 s', () => {
    expect(circuitAt(opened(), start + 3999)).toBe('open');
    expect(circuitAt(opened(), start + 4000)).toBe('half-open');
  });

  it('lets one probe through at a time', () => {
    const probing = startProbe(opened(), start + 4000);
    expect(circuitAt(probing, start + 4001)).toBe('open');
    expect(startProbe(probing, start + 4001)).toBe(probing);
  });

  it('lets another probe through when one never reports', () => {
    const probing = startProbe(opened(), start + 4000);
    expect(circuitAt(probing, start + 33_999)).toBe('open');
    expect(circuitAt(probing, start + 34_000)).toBe('half-open');
  });

  it('closes when the probe succeeds, and starts anew', () => {
    const probing = startProbe(opened(), start + 4000);
    const closed = recordAttempt(probing, 'ok', start + 5000, start + 4000);
    expect(circuitAt(closed, start + 5000)).toBe('closed');
    expect(closed.consecutiveFailures).toBe(0);
    expect(failureShare(closed, start + 5000)).toBe(0);
  });

  it('opens twice as long after each failed probe, at most 15 s, and remembers since when it is bad', () => {
    let state = opened();
    let now = start;
    const lengths: number[] = [];
    for (let probe = 0; probe < 4; probe += 1) {
      const from = now;
      while (circuitAt(state, now) === 'open') now += 1000;
      lengths.push(now - from);
      state = recordAttempt(startProbe(state, now), 'server_error', now, now);
    }
    expect(lengths).toEqual([4000, 8000, 15_000, 15_000]);
    expect(state.opening).toMatchObject({ reason: 'server_error', since: start });
  });

  it('begins at 4 s again after it has closed', () => {
    const reopened = recordAttempt(startProbe(opened(), start + 4000), 'reset', start + 4000);
    const closed = recordAttempt(startProbe(reopened, start + 12_000), 'ok', start + 12_000);
    const again = after(['reset', 'reset', 'reset'], start + 13_000, 0, closed);
    expect(circuitAt(again, start + 16_999)).toBe('open');
    expect(circuitAt(again, start + 17_000)).toBe('half-open');
  });

  it('lets the next request probe when the probe was cancelled by its client', () => {
    const probing = startProbe(opened(), start + 4000);
    const freed = recordAttempt(probing, 'cancelled', start + 4500, start + 4000);
    expect(circuitAt(freed, start + 4500)).toBe('half-open');
  });

  it('keeps the probe when somebody else gives up', () => {
    const probing = startProbe(opened(), start + 4000);
    expect(recordAttempt(probing, 'cancelled', start + 4500, start - 1000).opening).toEqual(probing.opening);
  });

  it('is neither closed nor prolonged by attempts that were sent before it opened', () => {
    const longRunning = recordAttempt(opened(), 'ok', start + 1000, start - 5000);
    expect(circuitAt(longRunning, start + 1000)).toBe('open');
    const lateFailure = recordAttempt(opened(), 'first_token_timeout', start + 5000, start - 7000);
    expect(circuitAt(lateFailure, start + 5000)).toBe('half-open');
  });

  it('closes when a last resort sent while it was open succeeds', () => {
    expect(circuitAt(recordAttempt(opened(), 'ok', start + 2000, start + 1500), start + 2000)).toBe('closed');
  });

  it('is not prolonged by a last resort that fails', () => {
    const state = recordAttempt(opened(), 'reset', start + 2000, start + 1500);
    expect(circuitAt(state, start + 3999)).toBe('open');
    expect(circuitAt(state, start + 4000)).toBe('half-open');
  });

  it('does not open again for failures of the outage that come in after the recovery', () => {
    const closed = recordAttempt(startProbe(opened(), start + 4000), 'ok', start + 4100, start + 4000);
    const late = times(5, 'first_token_timeout').reduce(
      (state, outcome) => recordAttempt(state, outcome, start + 6000, start - 6000),
      closed,
    );
    expect(circuitAt(late, start + 6000)).toBe('closed');
    expect(failureShare(late, start + 6000)).toBe(0);
  });

  it('is back within 16 s of the recovery after an outage of a minute, with a request every 4 s', () => {
    const recoveredAt = start + 60_000;
    let state = healthyState;
    let servedAgainAt = Infinity;
    for (let now = start; now <= start + 76_000; now += 4000) {
      if (circuitAt(state, now) === 'open') continue;
      const outcome = now < recoveredAt ? 'server_error' : 'ok';
      if (outcome === 'ok') servedAgainAt = Math.min(servedAgainAt, now);
      state = recordAttempt(startProbe(state, now), outcome, now, now);
    }
    expect(servedAgainAt).toBeLessThanOrEqual(recoveredAt + 16_000);
    expect(circuitAt(state, start + 76_000)).toBe('closed');
  });
});

describe('failureShare', () => {
  it('is the share of failures within the window', () => {
    const state = after(['ok', 'ok', 'ok', 'reset', 'cancelled']);
    expect(failureShare(state, start + 500)).toBe(0.25);
    expect(failureShare(healthyState, start)).toBe(0);
  });
});

describe('recordCounts', () => {
  it('opens at half of what all edges saw', () => {
    const bad = recordCounts(healthyState, { ok: 5, server_error: 4, reset: 1 }, start, start + 1000);
    expect(circuitAt(bad, start + 1000)).toBe('open');
    expect(bad.opening?.reason).toBe('server_error');
    expect(circuitAt(recordCounts(healthyState, { ok: 6, server_error: 5 }, start, start + 1000), start + 1000)).toBe(
      'closed',
    );
  });

  it('opens at three failures and nothing else, but not because one of many edges fails', () => {
    expect(circuitAt(recordCounts(healthyState, { reset: 3 }, start, start + 1000), start + 1000)).toBe('open');
    const others = recordCounts(healthyState, { ok: 100 }, start, start + 1000);
    expect(circuitAt(recordCounts(others, { connect_error: 3 }, start, start + 1100), start + 1100)).toBe('closed');
  });

  it('takes unordered and late seconds where they belong, and forgets those before the window', () => {
    let state = recordCounts(healthyState, { ok: 1 }, start + 5000, start + 6000);
    state = recordCounts(state, { ok: 1 }, start + 3000, start + 6000);
    state = recordCounts(state, { reset: 1 }, start + 3000, start + 6000);
    state = recordCounts(state, { reset: 2 }, start - HEALTH_WINDOW_MS, start + 6000);
    expect(state.buckets).toEqual([
      { startsAt: start + 3000, successes: 1, failures: 1 },
      { startsAt: start + 5000, successes: 1, failures: 0 },
    ]);
  });

  it('is not pushed ahead by an edge whose clock is', () => {
    const state = recordCounts(healthyState, { ok: 1 }, start + 60_000, start);
    expect(state.buckets).toEqual([{ startsAt: start, successes: 1, failures: 0 }]);
  });

  it('closes when the edges see it answer again', () => {
    const bad = recordCounts(healthyState, { reset: 9 }, start, start + 1000);
    expect(circuitAt(recordCounts(bad, { ok: 1 }, start + 5000, start + 6000), start + 6000)).toBe('closed');
    expect(circuitAt(recordCounts(bad, { reset: 1 }, start + 5000, start + 6000), start + 6000)).toBe('open');
  });

  it('ignores counts of clients who gave up', () => {
    expect(recordCounts(healthyState, { cancelled: 50, request_refused: 50 }, start, start)).toEqual(healthyState);
  });
});

describe('mergeCounts', () => {
  it('adds up what the edges saw', () => {
    expect(mergeCounts([{ ok: 1, reset: 2 }, {}, { ok: 3, cut: 1 }])).toEqual({ ok: 4, reset: 2, cut: 1 });
    expect(mergeCounts([])).toEqual({});
  });
});

describe('stricter', () => {
  it.each<[Circuit, Circuit, Circuit]>([
    ['closed', 'closed', 'closed'],
    ['closed', 'half-open', 'half-open'],
    ['open', 'half-open', 'open'],
    ['closed', 'open', 'open'],
  ])('of %s and %s is %s, either way round', (one, other, stricterOne) => {
    expect(stricter(one, other)).toBe(stricterOne);
    expect(stricter(other, one)).toBe(stricterOne);
  });
});

describe('health, whatever happens', () => {
  const attempts = array(record({ outcome: constantFrom(...attemptClasses), waitMs: nat(3000), tookMs: nat(20_000) }), {
    maxLength: 200,
  });

  it('stays within its window, is never open longer than 15 s, and always lets somebody probe in the end', () => {
    assert(
      property(attempts, (seen) => {
        let state = healthyState;
        let now = start;
        for (const { outcome, waitMs, tookMs } of seen) {
          now += waitMs;
          state = recordAttempt(startProbe(state, now), outcome, now, now - tookMs);
          expect(state.buckets.length).toBeLessThanOrEqual(HEALTH_WINDOW_MS / 1000);
          expect((state.opening?.until ?? now) - now).toBeLessThanOrEqual(15_000);
          expect(circuitAt(state, now + 30_000)).not.toBe('open');
        }
      }),
    );
  });

  it('never opens for an endpoint that always answers', () => {
    const harmless = attempts.map((seen) =>
      seen.map(({ outcome, waitMs }) => ({ outcome: isHarmless(outcome) ? outcome : 'ok', waitMs }) as const),
    );
    assert(
      property(harmless, (seen) => {
        let now = start;
        let state = healthyState;
        for (const { outcome, waitMs } of seen) {
          now += waitMs;
          state = recordAttempt(state, outcome, now);
        }
        expect(circuitAt(state, now)).toBe('closed');
      }),
    );
  });
});

function isHarmless(outcome: AttemptClass): outcome is 'ok' | 'cancelled' | 'request_refused' {
  return outcome === 'ok' || outcome === 'cancelled' || outcome === 'request_refused';
}
