import type { GateFigures, GateKey, ReadReply } from '@apilink/holds';
import { usdNumber } from '@apilink/money';

/** `data` of `GET /v1/key`: our exact figures beside OpenRouter's names. Amounts in nano-USD are decimal strings. */
export function keyData(wireId: string, reading: Extract<ReadReply, { outcome: 'read' }>) {
  const { key, keySpentNanoUsd, left } = reading;
  const limit = capOf(key);
  const remaining = left.keyCapRemainingNanoUsd;
  return {
    id: wireId,
    label: wireId,
    spent_nano_usd: keySpentNanoUsd.total.toString(),
    spent_daily_nano_usd: keySpentNanoUsd.day.toString(),
    spent_weekly_nano_usd: keySpentNanoUsd.week.toString(),
    spent_monthly_nano_usd: keySpentNanoUsd.month.toString(),
    held_nano_usd: reading.keyHeldNanoUsd.toString(),
    cap_remaining_nano_usd: remaining === null ? null : remaining.toString(),
    usage: usdNumber(keySpentNanoUsd.total),
    usage_daily: usdNumber(keySpentNanoUsd.day),
    usage_weekly: usdNumber(keySpentNanoUsd.week),
    usage_monthly: usdNumber(keySpentNanoUsd.month),
    limit: limit === null ? null : usdNumber(limit.amount),
    limit_reset: limit?.reset ?? null,
    limit_remaining: remaining === null ? null : usdNumber(remaining),
    is_free_tier: false,
    rate_limit: { requests: left.requests.limit, interval: '60s' },
    expires_at: key.expiresAt === null ? null : new Date(key.expiresAt).toISOString(),
  };
}

/** The longest period's cap is what other gateways call the key's limit. */
function capOf(key: GateKey): { readonly amount: bigint; readonly reset: string } | null {
  if (key.monthlyCapNanoUsd !== null) return { amount: key.monthlyCapNanoUsd, reset: 'monthly' };
  if (key.weeklyCapNanoUsd !== null) return { amount: key.weeklyCapNanoUsd, reset: 'weekly' };
  if (key.dailyCapNanoUsd !== null) return { amount: key.dailyCapNanoUsd, reset: 'daily' };
  return null;
}

/** `data` of `GET /v1/credits`; available = credited − spent − held. */
export function creditsData({ creditedNanoUsd, spentNanoUsd, heldNanoUsd }: GateFigures) {
  return {
    credited_nano_usd: creditedNanoUsd.toString(),
    spent_nano_usd: spentNanoUsd.toString(),
    held_nano_usd: heldNanoUsd.toString(),
    available_nano_usd: (creditedNanoUsd - spentNanoUsd - heldNanoUsd).toString(),
    total_credits: usdNumber(creditedNanoUsd),
    total_usage: usdNumber(spentNanoUsd),
  };
}
