const DAY_MS = 86_400_000;
/** The last zone to end a day is 12 hours behind UTC. */
const LAST_ZONE_MS = 12 * 3_600_000;
/** A counter lives for so long after its period: later holds do not grow in it any more. */
const KEPT_MS = 3 * DAY_MS;

/** When the counter of a period may be swept, ms since the epoch; null for `total`, which stays. */
export function counterEndsAt(period: string): number | null {
  const [, year, month, day] = /^(\d{4})-(\d{2})(?:-(\d{2}))?$/.exec(period) ?? [];
  if (year !== undefined && month !== undefined) {
    const end =
      day === undefined
        ? Date.UTC(Number(year), Number(month), 1)
        : Date.UTC(Number(year), Number(month) - 1, Number(day) + 1);
    return end + LAST_ZONE_MS + KEPT_MS;
  }
  const [, weekYear, week] = /^(\d{4})-W(\d{2})$/.exec(period) ?? [];
  if (weekYear === undefined) return null;
  // ISO 8601: 4 January is always in week 1.
  const fourth = new Date(Date.UTC(Number(weekYear), 0, 4));
  const firstMonday = fourth.getTime() - ((fourth.getUTCDay() + 6) % 7) * DAY_MS;
  return firstMonday + Number(week) * 7 * DAY_MS + LAST_ZONE_MS + KEPT_MS;
}
