import type { managedKeysApi } from '@apilink/contracts';
import { parseUsd, type NanoUsd } from '@apilink/money';

export type LimitReset = 'daily' | 'weekly' | 'monthly';

/** OpenRouter's one limit of a key; ours are three caps, of which the one with the longest period is told. */
export interface KeyLimit {
  readonly amount: NanoUsd;
  readonly reset: LimitReset;
}

export interface Caps {
  readonly dailyCapNanoUsd: NanoUsd | null;
  readonly weeklyCapNanoUsd: NanoUsd | null;
  readonly monthlyCapNanoUsd: NanoUsd | null;
}

export interface AskedLimit {
  readonly limit?: number | null | undefined;
  /** Null only where there is no limit. */
  readonly limit_reset?: LimitReset | null | undefined;
}

const RESET_DEFAULT: LimitReset = 'monthly';

export function limitOf({ dailyCapNanoUsd, weeklyCapNanoUsd, monthlyCapNanoUsd }: Caps): KeyLimit | null {
  if (monthlyCapNanoUsd !== null) return { amount: monthlyCapNanoUsd, reset: 'monthly' };
  if (weeklyCapNanoUsd !== null) return { amount: weeklyCapNanoUsd, reset: 'weekly' };
  return dailyCapNanoUsd === null ? null : { amount: dailyCapNanoUsd, reset: 'daily' };
}

/** The caps of a limit that is asked for; what is left out stays as it is. Null = nothing is asked. */
export function capsAfter(asked: AskedLimit, current: KeyLimit | null): Caps | null {
  if (asked.limit === null) return capsOf(null);
  const amount = asked.limit === undefined ? current?.amount : nanoUsdOf(asked.limit);
  if (amount === undefined) return null;
  return capsOf({ amount, reset: asked.limit_reset ?? current?.reset ?? RESET_DEFAULT });
}

/** What was spent in the period of a key's limit. */
export function spentOf(limit: KeyLimit, spent: managedKeysApi.ManagedKey['spent']): NanoUsd {
  if (limit.reset === 'daily') return spent.dayNanoUsd;
  return limit.reset === 'weekly' ? spent.weekNanoUsd : spent.monthNanoUsd;
}

function capsOf(limit: KeyLimit | null): Caps {
  const cap = (reset: LimitReset): NanoUsd | null => (limit?.reset === reset ? limit.amount : null);
  return { dailyCapNanoUsd: cap('daily'), weeklyCapNanoUsd: cap('weekly'), monthlyCapNanoUsd: cap('monthly') };
}

/** A JSON number of USD, to the nano-dollar: more digits than that a number of this size does not have. */
function nanoUsdOf(usd: number): NanoUsd {
  return parseUsd(usd.toFixed(9)) ?? 0n;
}
