import type { AdmitRequest, ReadReply, Refusal } from './hold-store.js';
import type { MemoryAccount, Standing } from './memory-account.js';
import { higher } from './memory-resize.js';
import { waitMs } from './token-bucket.js';

type Blocked = Extract<ReadReply, { outcome: 'read' }>['blocked'];

/** Why nothing is admitted for this key at all; null when nothing blocks it. */
export function blockedBy({ account }: MemoryAccount, { key, workspace }: Standing, nowMs: number): Blocked {
  if (key.status === 'revoked') return 'key_revoked';
  if (key.status === 'disabled') return 'key_disabled';
  if (key.expiresAt !== null && key.expiresAt <= nowMs) return 'key_expired';
  if (workspace.status === 'disabled') return 'workspace_disabled';
  return account.status === 'suspended' ? 'account_suspended' : null;
}

/** Money comes before rates: who has to top up is not told to try again in a second. */
export function admissionRefusal(
  account: MemoryAccount,
  standing: Standing,
  request: AdmitRequest,
  nowMs: number,
): Refusal | null {
  const blocked = blockedBy(account, standing, nowMs);
  if (blocked !== null) return { reason: blocked };
  return moneyRefusal(account, standing, request.leastNanoUsd) ?? rateRefusal(account, standing, request.tokens);
}

function moneyRefusal(account: MemoryAccount, standing: Standing, least: bigint): Refusal | null {
  const { daily, weekly, monthly, budget } = account.capsLeft(standing);
  const available = account.availableNanoUsd;
  if (available < least) return { reason: 'balance', availableNanoUsd: higher(available, 0n) };
  for (const [period, left] of [
    ['daily', daily] as const,
    ['weekly', weekly] as const,
    ['monthly', monthly] as const,
  ]) {
    if (left !== null && left < least) return { reason: 'key_cap', period, availableNanoUsd: higher(left, 0n) };
  }
  if (budget === null || budget >= least) return null;
  return { reason: 'workspace_budget', availableNanoUsd: higher(budget, 0n) };
}

function rateRefusal(account: MemoryAccount, standing: Standing, tokens: number): Refusal | null {
  const ofKey = standing.concurrency;
  const ofAccount = account.account.concurrency;
  if (ofKey !== null && account.running(standing.key.keyId) >= ofKey)
    return { reason: 'key_concurrency', limit: ofKey };
  if (ofAccount !== null && account.running() >= ofAccount) return { reason: 'account_concurrency', limit: ofAccount };
  const requestWait = waitMs(standing.requests, 1);
  if (requestWait !== null) {
    return { reason: 'requests_per_minute', limit: standing.requests.limit ?? 0, retryAfterMs: requestWait };
  }
  const tokenWait = waitMs(standing.tokens, tokens);
  if (tokenWait === null) return null;
  return { reason: 'tokens_per_minute', limit: standing.tokens.limit ?? 0, retryAfterMs: tokenWait };
}
