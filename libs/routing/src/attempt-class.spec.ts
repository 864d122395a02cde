import { describe, expect, it } from '@jest/globals';

import { classOfStatus, failureClasses, isFailure } from './attempt-class.js';

describe('classOfStatus', () => {
  it.each([
    [200, null],
    [204, null],
    [302, 'malformed'],
    [400, 'request_refused'],
    [401, 'credential_refused'],
    [402, 'credential_refused'],
    [403, 'credential_refused'],
    [404, 'server_error'],
    [408, 'server_error'],
    [409, 'request_refused'],
    [413, 'request_refused'],
    [422, 'request_refused'],
    [429, 'rate_limited'],
    [451, 'request_refused'],
    [500, 'server_error'],
    [503, 'server_error'],
    [529, 'server_error'],
  ])('takes %i for %s', (status, outcome) => {
    expect(classOfStatus(status)).toBe(outcome);
  });
});

describe('isFailure', () => {
  it.each(['ok', 'cancelled', 'request_refused'] as const)('never holds %s against an endpoint', (outcome) => {
    expect(isFailure(outcome)).toBe(false);
  });

  it('holds every other class against it, a rate limit and a refused credential too', () => {
    expect(failureClasses).toHaveLength(9);
    expect(failureClasses).toEqual(expect.arrayContaining(['rate_limited', 'credential_refused']));
  });
});
