import type { CreditsReply, KeyReply } from '@apilink/contracts';
import type { CapFigures, GateFigures, GateKey, ReadReply } from '@apilink/holds';
import { usdNumber } from '@apilink/money';

import type { KeyIdentity } from '../admission/authentication.service.js';

/** `data` of `GET /v1/key`: our exact figures beside OpenRouter's names. Amounts in nano-USD are decimal strings. */
export function keyData(wire: KeyIdentity['wire'], reading: Extract<ReadReply, { outcome: 'read' }>): KeyReply['data'] {
  const { key, left } = reading;
  const limit = capOf(key);
  const remaining = left.keyCapRemainingNanoUsd === null ? null : positive(left.keyCapRemainingNanoUsd);
  return {
    id: wire.key,
    label: wire.key,
    ...spentOf(reading),
    held_nano_usd: reading.keyHeldNanoUsd.toString(),
    cap_remaining_nano_usd: remaining === null ? null : remaining.toString(),
    caps: {
      daily: capData(left.caps.daily),
      weekly: capData(left.caps.weekly),
      monthly: capData(left.caps.monthly),
    },
    workspace_budget: capData(left.caps.workspace),
    limits: {
      requests_per_minute: left.requests.limit,
      tokens_per_minute: left.tokens.limit,
      concurrency_remaining: left.concurrencyRemaining,
    },
    limit: limit === null ? null : usdNumber(limit.amount),
    limit_reset: limit?.reset ?? null,
    limit_remaining: remaining === null ? null : usdNumber(remaining),
    ...foreign,
    ...foreignFigures,
    is_management_key: isManagementKey(key),
    is_provisioning_key: isManagementKey(key),
    organization_id: wire.account,
    workspace_id: wire.workspace,
    rate_limit: { requests: left.requests.limit, interval: '60s', note: RATE_LIMIT_NOTE },
    expires_at: key.expiresAt === null ? null : new Date(key.expiresAt).toISOString(),
  };
}

const RATE_LIMIT_NOTE = 'See the x-ratelimit headers of every answer.';

/** A key that manages others is told to the gate as one that may call no model; no other key can have an empty list. */
export function isManagementKey({ models }: GateKey): boolean {
  return models?.length === 0;
}

/** What OpenRouter has and we do not: nobody brings keys of his own, nothing is free by the day or kept in a region. */
const foreign = {
  include_byok_in_limit: false,
  byok_usage: 0,
  byok_usage_daily: 0,
  byok_usage_weekly: 0,
  byok_usage_monthly: 0,
  is_free_tier: false,
  creator_user_id: null,
} as const;
const foreignFigures = {
  allowed_data_regions: ['global'],
  free_model_daily_requests: { limit: 0, remaining: 0, used: 0 },
} satisfies Partial<KeyReply['data']>;

function spentOf({ keySpentNanoUsd }: Extract<ReadReply, { outcome: 'read' }>) {
  const { total, day, week, month } = keySpentNanoUsd;
  return {
    spent_nano_usd: total.toString(),
    spent_daily_nano_usd: day.toString(),
    spent_weekly_nano_usd: week.toString(),
    spent_monthly_nano_usd: month.toString(),
    usage: usdNumber(total),
    usage_daily: usdNumber(day),
    usage_weekly: usdNumber(week),
    usage_monthly: usdNumber(month),
  };
}

function capData(cap: CapFigures | null) {
  if (cap === null) return null;
  const { limitNanoUsd, remainingNanoUsd } = cap;
  return { limit_nano_usd: limitNanoUsd.toString(), remaining_nano_usd: positive(remainingNanoUsd).toString() };
}

/** The longest period's cap is what other gateways call the key's limit. */
function capOf(key: GateKey): { readonly amount: bigint; readonly reset: 'daily' | 'weekly' | 'monthly' } | null {
  if (key.monthlyCapNanoUsd !== null) return { amount: key.monthlyCapNanoUsd, reset: 'monthly' };
  if (key.weeklyCapNanoUsd !== null) return { amount: key.weeklyCapNanoUsd, reset: 'weekly' };
  if (key.dailyCapNanoUsd !== null) return { amount: key.dailyCapNanoUsd, reset: 'daily' };
  return null;
}

/** A cap lowered below what is spent leaves nothing, not less. */
function positive(amount: bigint): bigint {
  return amount > 0n ? amount : 0n;
}

/** `data` of `GET /v1/credits`; available = credited − spent − held. */
export function creditsData({ creditedNanoUsd, spentNanoUsd, heldNanoUsd }: GateFigures): CreditsReply['data'] {
  return {
    credited_nano_usd: creditedNanoUsd.toString(),
    spent_nano_usd: spentNanoUsd.toString(),
    held_nano_usd: heldNanoUsd.toString(),
    available_nano_usd: (creditedNanoUsd - spentNanoUsd - heldNanoUsd).toString(),
    total_credits: usdNumber(creditedNanoUsd),
    total_usage: usdNumber(spentNanoUsd),
  };
}
