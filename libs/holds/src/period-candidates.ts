import type { HoldPeriods } from '@apilink/contracts';

import type { PeriodCandidate, PeriodCandidates } from './hold-store.js';

const DAY_MS = 86_400_000;
/** Zones known to the cache at most; there are about 600 names. */
const ZONES_MAX = 1_000;

/** A calendar date as the milliseconds of its midnight in UTC: dates are compared and counted on, never shown. */
type CalendarDate = number;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** The last answer; it holds from `validFrom` until the day's boundary. */
  candidates: PeriodCandidates | null;
  validFrom: number;
}

const zones = new Map<string, Zone>();

/** True for a time zone of the IANA database that this runtime knows (`Europe/Berlin`, `UTC`); no bare offsets. */
export function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/**
 * The day, ISO week (from Monday) and month of an instant in a time zone, each with the one that follows and the first
 * millisecond of that. The caller's clock only has to be right to a period: the gate's clock picks.
 * Throws a RangeError for an unknown zone.
 */
export function periodCandidates(timeZone: string, nowMs: number): PeriodCandidates {
  const zone = zoneOf(timeZone);
  const known = zone.candidates;
  if (known !== null && nowMs >= zone.validFrom && nowMs < known.day.boundaryAt) return known;
  const today = localDate(zone, nowMs);
  const weekday = (new Date(today).getUTCDay() + 6) % 7;
  const nextMonth = new Date(today);
  nextMonth.setUTCMonth(nextMonth.getUTCMonth() + 1, 1);
  const candidates = {
    day: candidate(zone, nowMs, today + DAY_MS, dayId),
    week: candidate(zone, nowMs, today + (7 - weekday) * DAY_MS, weekId),
    month: candidate(zone, nowMs, nextMonth.getTime(), monthId),
  };
  zone.candidates = candidates;
  zone.validFrom = nowMs;
  return candidates;
}

/** What the gate's clock picks of the candidates. */
export function pickPeriods(candidates: PeriodCandidates, nowMs: number): HoldPeriods {
  return {
    day: pick(candidates.day, nowMs),
    week: pick(candidates.week, nowMs),
    month: pick(candidates.month, nowMs),
  };
}

function pick({ current, next, boundaryAt }: PeriodCandidate, nowMs: number): string {
  return nowMs < boundaryAt ? current : next;
}

function candidate(zone: Zone, nowMs: number, next: CalendarDate, id: (date: CalendarDate) => string): PeriodCandidate {
  const boundaryAt = firstInstantOf(zone, next, nowMs);
  // A zone may leave a date out (Pacific/Apia had no 30 December 2011): the period that begins is told by the clock.
  return { current: id(localDate(zone, nowMs)), next: id(localDate(zone, boundaryAt)), boundaryAt };
}

/** The first millisecond after `afterMs` whose local date is `date` or later. Midnight itself may not exist there. */
function firstInstantOf(zone: Zone, date: CalendarDate, afterMs: number): number {
  let before = Math.max(afterMs, date - DAY_MS);
  let after = date + DAY_MS;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (localDate(zone, middle) >= date) after = middle;
    else before = middle;
  }
  return after;
}

function localDate(zone: Zone, atMs: number): CalendarDate {
  let year = 0;
  let month = 0;
  let day = 0;
  for (const part of zone.format.formatToParts(atMs)) {
    if (part.type === 'year') year = Number(part.value);
    else if (part.type === 'month') month = Number(part.value);
    else if (part.type === 'day') day = Number(part.value);
  }
  return Date.UTC(year, month - 1, day);
}

function zoneOf(timeZone: string): Zone {
  const known = zones.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  });
  const zone: Zone = { format, candidates: null, validFrom: 0 };
  if (zones.size >= ZONES_MAX) zones.clear();
  zones.set(timeZone, zone);
  return zone;
}

function dayId(date: CalendarDate): string {
  return new Date(date).toISOString().slice(0, 10);
}

function monthId(date: CalendarDate): string {
  return dayId(date).slice(0, 7);
}

/** ISO 8601: a week belongs to the year of its Thursday. */
function weekId(date: CalendarDate): string {
  const weekday = (new Date(date).getUTCDay() + 6) % 7;
  const thursday = new Date(date + (3 - weekday) * DAY_MS);
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MS)) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}
