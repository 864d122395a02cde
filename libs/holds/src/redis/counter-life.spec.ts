import { describe, expect, it } from '@jest/globals';

import { counterEndsAt } from './counter-life.js';

describe('counterEndsAt', () => {
  it.each([
    ['2026-11-22', '2026-11-26T12:00:00Z'],
    ['2026-12-31', '2027-01-04T12:00:00Z'],
    ['2026-11', '2026-12-04T12:00:00Z'],
    ['2026-W47', '2026-11-26T12:00:00Z'],
    ['2026-W53', '2027-01-07T12:00:00Z'],
    ['2027-W01', '2027-01-14T12:00:00Z'],
  ])('is 3 days after the last zone has ended %s', (period, instant) => {
    expect(counterEndsAt(period)).toBe(Date.parse(instant));
  });

  it('never comes for what counts all', () => {
    expect(counterEndsAt('total')).toBeNull();
  });
});
