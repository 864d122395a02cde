import { describe, expect, it } from '@jest/globals';

import { ATTEMPTS_MAX, disabledReason, FAILING_MS_MAX, isDelivered, pauseAfter, urlProblem } from './webhook.domain.js';

const HOUR_MS = 3_600_000;

describe('attempts at a webhook', () => {
  it('are made over three days, each pause longer than the one before', () => {
    const pauses = Array.from({ length: ATTEMPTS_MAX }, (_, index) => pauseAfter(index + 1, 0));
    expect(pauses.at(-1)).toBeNull();
    const known = pauses.flatMap((pause) => pause ?? []);
    expect(known).toEqual(known.toSorted((left, right) => left - right));
    const sum = known.reduce((total, pause) => total + pause, 0);
    expect(sum).toBeGreaterThan(72 * HOUR_MS);
  });

  it('of endpoints that failed together are spread', () => {
    expect(pauseAfter(2, 0)).toBe(300_000);
    expect(pauseAfter(2, 0.5)).toBe(330_000);
  });

  it.each([
    [200, true],
    [204, true],
    [299, true],
    [199, false],
    [302, false],
    [400, false],
    [500, false],
  ])('with status %d are taken: %s', (status, expected) => {
    expect(isDelivered({ kind: 'answered', status, durationMs: 1 })).toBe(expected);
  });

  it('end for an endpoint that has failed for five days, not a moment before', () => {
    const failed = { kind: 'failed', error: 'no answer', durationMs: 1 } as const;
    expect(disabledReason(failed, 0, FAILING_MS_MAX - 1)).toBeNull();
    expect(disabledReason(failed, 0, FAILING_MS_MAX)).toContain('no answer');
    expect(disabledReason({ kind: 'answered', status: 200, durationMs: 1 }, 0, FAILING_MS_MAX)).toBeNull();
  });
});

describe('the address of a webhook', () => {
  it.each([
    ['https://hooks.example/x', 'refuse', null],
    ['http://127.0.0.1:1/x', 'allow', null],
    ['http://hooks.example/x', 'refuse', 'the URL has to begin with https://'],
    ['https://a:b@hooks.example', 'allow', 'the URL carries a password: the signature says who we are'],
  ] as const)('%s, private ones: %s', (url, privateAddresses, problem) => {
    expect(urlProblem(url, privateAddresses)).toBe(problem);
  });
});
