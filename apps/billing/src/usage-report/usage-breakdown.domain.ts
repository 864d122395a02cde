import type { usageApi } from '@apilink/contracts';

type Dimension = usageApi.UsageDimension;
type UsageSums = usageApi.UsageSums;

/** The facet of the rollups, and how its rows are put together. Time is read from the facet of the whole account. */
export interface RollupSource {
  readonly facet: 'account' | 'workspace' | 'key' | 'model' | 'outcome' | 'user' | 'app' | 'tag';
  readonly grouping: 'value' | 'hour' | 'day' | 'month';
}

export function rollupSourceOf(by: Dimension): RollupSource {
  if (by === 'hour' || by === 'day' || by === 'month') return { facet: 'account', grouping: by };
  return { facet: by, grouping: 'value' };
}

export interface SummedRow extends UsageSums {
  readonly value: string;
}

/** What all rows come to, less those that are told. */
export function othersOf(all: UsageSums, told: readonly UsageSums[]): UsageSums {
  return told.reduce(
    (left, row) => ({
      requests: left.requests - row.requests,
      chargeNanoUsd: left.chargeNanoUsd - row.chargeNanoUsd,
      writtenOffNanoUsd: left.writtenOffNanoUsd - row.writtenOffNanoUsd,
      cachePremiumAbsorbedNanoUsd: left.cachePremiumAbsorbedNanoUsd - row.cachePremiumAbsorbedNanoUsd,
      inputTokens: left.inputTokens - row.inputTokens,
      outputTokens: left.outputTokens - row.outputTokens,
      cachedInputTokens: left.cachedInputTokens - row.cachedInputTokens,
      reasoningTokens: left.reasoningTokens - row.reasoningTokens,
    }),
    all,
  );
}

const DAY_MS = 86_400_000;
/** Ten years: a report of more is a mistake in a year's digits. */
const DAYS_MAX = 3_660;
const DAYS_DEFAULT = 30;

export interface DaySpan {
  readonly from: string;
  readonly to: string;
}

/** The days that are reported; what is left out is today, and the 30 days that end with the last one. */
export function spanOf(asked: { from?: string | undefined; to?: string | undefined }, today: string): DaySpan {
  const to = asked.to ?? today;
  return { to, from: asked.from ?? isoDay(Date.parse(to) - (DAYS_DEFAULT - 1) * DAY_MS) };
}

/** Why a span of days cannot be reported; null when it can. */
export function spanProblem({ from, to }: DaySpan): string | null {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
  if (days < 0) return `the report ends on ${to}, before it begins on ${from}`;
  return days > DAYS_MAX ? 'a report covers at most ten years' : null;
}

/** A span of days as whole months and the days before and after them; each may be empty: it begins after its end. */
export interface SpanParts {
  readonly before: DaySpan;
  /** Months, both included. */
  readonly months: DaySpan;
  readonly after: DaySpan;
}

/** A year of anything is read as twelve rows where it would be 365. */
export function partsOf({ from, to }: DaySpan): SpanParts {
  const first = from.endsWith('-01') ? monthOf(from) : monthAfter(from);
  const last = dayAfter(to).endsWith('-01') ? monthOf(to) : monthBefore(to);
  if (first > last)
    return { before: { from, to }, months: { from: first, to: last }, after: { from: dayAfter(to), to } };
  return {
    before: { from, to: dayBefore(`${first}-01`) },
    months: { from: first, to: last },
    after: { from: `${monthAfter(last)}-01`, to },
  };
}

function monthOf(day: string): string {
  return day.slice(0, 'YYYY-MM'.length);
}

function monthAfter(day: string): string {
  return monthOf(isoDay(Date.parse(`${monthOf(day)}-01`) + 32 * DAY_MS));
}

function monthBefore(day: string): string {
  return monthOf(dayBefore(`${monthOf(day)}-01`));
}

function dayAfter(day: string): string {
  return isoDay(Date.parse(day) + DAY_MS);
}

function dayBefore(day: string): string {
  return isoDay(Date.parse(day) - DAY_MS);
}

function isoDay(at: number): string {
  return new Date(at).toISOString().slice(0, 'YYYY-MM-DD'.length);
}
