import { keyIdSchema, workspaceIdSchema, type managedKeysApi, type managementApi } from '@apilink/contracts';
import { usdNumber } from '@apilink/money';
import { z } from 'zod';

import { limitOf, spentOf } from './key-limit.domain.js';

/** A key as OpenRouter's SDK reads it. */
export function keyDataOf(key: managedKeysApi.ManagedKey): managementApi.KeyData {
  const limit = limitOf(key);
  const left = limit === null ? null : limit.amount - spentOf(limit, key.spent);
  return {
    hash: z.encode(keyIdSchema, key.keyId),
    name: key.name,
    label: `${key.hint}…`,
    disabled: key.status !== 'active',
    limit: limit === null ? null : usdNumber(limit.amount),
    limit_remaining: left === null ? null : usdNumber(left > 0n ? left : 0n),
    limit_reset: limit?.reset ?? null,
    include_byok_in_limit: false,
    ...usageOf(key.spent),
    byok_usage: 0,
    byok_usage_daily: 0,
    byok_usage_weekly: 0,
    byok_usage_monthly: 0,
    created_at: new Date(key.createdAt).toISOString(),
    updated_at: null,
    expires_at: key.expiresAt === null ? null : new Date(key.expiresAt).toISOString(),
    creator_user_id: null,
    external_user: null,
    workspace_id: z.encode(workspaceIdSchema, key.workspaceId),
  };
}

function usageOf({ totalNanoUsd, dayNanoUsd, weekNanoUsd, monthNanoUsd }: managedKeysApi.ManagedKey['spent']) {
  return {
    usage: usdNumber(totalNanoUsd),
    usage_daily: usdNumber(dayNanoUsd),
    usage_weekly: usdNumber(weekNanoUsd),
    usage_monthly: usdNumber(monthNanoUsd),
    spent_nano_usd: totalNanoUsd.toString(),
    spent_daily_nano_usd: dayNanoUsd.toString(),
    spent_weekly_nano_usd: weekNanoUsd.toString(),
    spent_monthly_nano_usd: monthNanoUsd.toString(),
  };
}

type ActivityRow = Extract<managedKeysApi.AccountActivityReply, { outcome: 'done' }>['rows'][number];

/** Reports are kept by model, not by endpoint: one row stands for all that answered. */
export function activityRowOf(row: ActivityRow): managementApi.ActivityReply['data'][number] {
  return {
    date: row.day,
    model: row.model,
    model_permaslug: row.model,
    endpoint_id: row.model,
    provider_name: 'ApiLink',
    requests: row.requests,
    prompt_tokens: row.inputTokens,
    completion_tokens: row.outputTokens,
    reasoning_tokens: row.reasoningTokens,
    usage: usdNumber(row.chargeNanoUsd),
    charge_nano_usd: row.chargeNanoUsd.toString(),
    byok_usage_inference: 0,
  };
}
