import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { isTimeZone, periodCandidates, pickPeriods } from './period-candidates.js';

const at = (text: string): number => Date.parse(text);

describe('periodCandidates', () => {
  it('names day, ISO week from Monday and month, with the instant at which the next begins', () => {
    expect(periodCandidates('UTC', at('2026-11-22T23:59:59.999Z'))).toEqual({
      day: { current: '2026-11-22', next: '2026-11-23', boundaryAt: at('2026-11-23T00:00:00Z') },
      week: { current: '2026-W47', next: '2026-W48', boundaryAt: at('2026-11-23T00:00:00Z') },
      month: { current: '2026-11', next: '2026-12', boundaryAt: at('2026-12-01T00:00:00Z') },
    });
  });

  it('goes by the time zone of the account', () => {
    const { day, month } = periodCandidates('Asia/Shanghai', at('2026-11-30T16:00:00Z'));
    expect(day).toEqual({ current: '2026-12-01', next: '2026-12-02', boundaryAt: at('2026-12-01T16:00:00Z') });
    expect(month).toEqual({ current: '2026-12', next: '2027-01', boundaryAt: at('2026-12-31T16:00:00Z') });
    expect(periodCandidates('America/Los_Angeles', at('2026-11-30T16:00:00Z')).day.current).toBe('2026-11-30');
  });

  it.each([
    ['2024-12-30', '2025-W01', '2025-W02'],
    ['2027-01-03', '2026-W53', '2027-W01'],
    ['2021-01-01', '2020-W53', '2021-W01'],
    ['2026-12-31', '2026-W53', '2027-W01'],
    ['2023-01-01', '2022-W52', '2023-W01'],
  ])('gives the days around new year to the year of their Thursday: %s is in %s', (date, current, next) => {
    expect(periodCandidates('UTC', at(`${date}T12:00:00Z`)).week).toMatchObject({ current, next });
  });

  it.each([
    ['Europe/Berlin', '2026-03-29', 23],
    ['Europe/Berlin', '2026-10-25', 25],
    ['Australia/Lord_Howe', '2026-10-04', 23.5],
    ['America/Havana', '2026-11-01', 25],
  ])('gives a day in %s of %s its real %d hours', (timeZone, date, hours) => {
    const begin = periodCandidates(timeZone, at(`${date}T12:00:00Z`) - 86_400_000).day.boundaryAt;
    const { current, boundaryAt } = periodCandidates(timeZone, begin).day;
    expect(current).toBe(date);
    expect((boundaryAt - begin) / 3_600_000).toBe(hours);
  });

  it('begins a day after the hour that its zone left out at midnight', () => {
    // In Cairo 24 April 2026 began at 01:00: the clock went there from midnight.
    const { next, boundaryAt } = periodCandidates('Africa/Cairo', at('2026-04-23T20:00:00Z')).day;
    expect({ next, boundaryAt }).toEqual({ next: '2026-04-24', boundaryAt: at('2026-04-23T22:00:00Z') });
  });

  it('passes over a date that its zone left out', () => {
    expect(periodCandidates('Pacific/Apia', at('2011-12-30T00:00:00Z')).day).toEqual({
      current: '2011-12-29',
      next: '2011-12-31',
      boundaryAt: at('2011-12-30T10:00:00Z'),
    });
  });

  it('picks the current period until the boundary and the next one from it on', () => {
    const candidates = periodCandidates('UTC', at('2026-11-30T12:00:00Z'));
    expect(pickPeriods(candidates, at('2026-11-30T23:59:59.999Z'))).toEqual({
      day: '2026-11-30',
      week: '2026-W49',
      month: '2026-11',
    });
    expect(pickPeriods(candidates, at('2026-12-01T00:00:00Z'))).toEqual({
      day: '2026-12-01',
      week: '2026-W49',
      month: '2026-12',
    });
  });

  it('refuses a zone that does not exist', () => {
    expect(() => periodCandidates('Mars/Olympus', 0)).toThrow(RangeError);
  });

  const zone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'), 'UTC');
  const instant = fc.integer({ min: at('2000-01-01T00:00:00Z'), max: at('2050-01-01T00:00:00Z') });

  it('in any zone at any instant, the boundary lies ahead and parts exactly the two periods', () => {
    fc.assert(
      fc.property(zone, instant, (timeZone, nowMs) => {
        const candidates = periodCandidates(timeZone, nowMs);
        for (const name of ['day', 'week', 'month'] as const) {
          const { current, next, boundaryAt } = candidates[name];
          expect(boundaryAt).toBeGreaterThan(nowMs);
          expect(next > current).toBe(true);
          expect(periodCandidates(timeZone, boundaryAt - 1)[name].next).toBe(next);
          expect(periodCandidates(timeZone, boundaryAt)[name].current).toBe(next);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('answers the same with and without what it remembers of a zone', () => {
    fc.assert(
      fc.property(zone, instant, fc.integer({ min: -86_400_000, max: 86_400_000 }), (timeZone, nowMs, away) => {
        const first = periodCandidates(timeZone, nowMs);
        periodCandidates(timeZone, nowMs + away);
        expect(periodCandidates(timeZone, nowMs)).toEqual(first);
      }),
      { numRuns: 100 },
    );
  });
});

describe('isTimeZone', () => {
  it.each(['UTC', 'Europe/Berlin', 'Asia/Shanghai', 'America/Argentina/Buenos_Aires'])('knows %s', (name) => {
    expect(isTimeZone(name)).toBe(true);
  });

  it.each(['', 'Mars/Olympus', '+08:00', '08:00', 'Europe', ' UTC'])('refuses "%s"', (name) => {
    expect(isTimeZone(name)).toBe(false);
  });
});
