import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { partsOf, spanOf, spanProblem, type DaySpan } from './usage-breakdown.domain.js';

const DAY_MS = 86_400_000;
const iso = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Every day between two, both included. */
function daysOf({ from, to }: DaySpan): string[] {
  const days: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY_MS) days.push(iso(at));
  return days;
}

describe('a span of days', () => {
  it('is parted into whole months and the days around them', () => {
    expect(partsOf({ from: '2025-01-31', to: '2025-04-29' })).toEqual({
      before: { from: '2025-01-31', to: '2025-01-31' },
      months: { from: '2025-02', to: '2025-03' },
      after: { from: '2025-04-01', to: '2025-04-29' },
    });
  });

  it('counts each of its days once, and no other', () => {
    const day = fc.integer({ min: 0, max: 1_500 }).map((days) => Date.parse('2023-11-15') + days * DAY_MS);
    fc.assert(
      fc.property(day, fc.integer({ min: 0, max: 800 }), (start, length) => {
        const span = { from: iso(start), to: iso(start + length * DAY_MS) };
        const { before, months, after } = partsOf(span);
        const ofMonths = daysOf({ from: '2023-10-01', to: '2030-12-31' }).filter(
          (one) => one.slice(0, 7) >= months.from && one.slice(0, 7) <= months.to,
        );
        expect([...daysOf(before), ...ofMonths, ...daysOf(after)]).toEqual(daysOf(span));
      }),
      { numRuns: 200 },
    );
  });

  it('is thirty days up to today where nothing else is asked', () => {
    expect(spanOf({}, '2026-11-22')).toEqual({ from: '2026-10-24', to: '2026-11-22' });
    expect(daysOf(spanOf({ to: '2026-03-01' }, '2026-11-22'))).toHaveLength(30);
  });

  it.each([
    [{ from: '2026-01-02', to: '2026-01-01' }, 'before it begins'],
    [{ from: '2016-01-01', to: '2026-11-22' }, 'ten years'],
  ])('of %j cannot be reported', (span, reason) => {
    expect(spanProblem(span)).toContain(reason);
  });
});
