import type { ErrorCode, ErrorDetails } from '@apilink/contracts';
import type { ReadReply, Refusal } from '@apilink/holds';
import { formatUsd } from '@apilink/money';

import { unexpected } from '../invariant.errors.js';

export interface RefusalError {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly retryAfterMs: number | null;
}

/** Why a key with an allow-list may not call a model that is not in it; an empty list is a management key's. */
export function modelRefusal(allowed: readonly string[], model: string): [ErrorCode, ErrorDetails] {
  return allowed.length === 0 ? ['management_key', {}] : ['model_not_allowed', { param: 'model', detail: model }];
}

/** The catalogue's error for a refusal of the gate. */
export function errorOfRefusal(refusal: Refusal, leastNanoUsd: bigint): RefusalError {
  const least = formatUsd(leastNanoUsd);
  switch (refusal.reason) {
    case 'balance':
      return permanent('insufficient_balance', { available: positiveUsd(refusal.availableNanoUsd), least });
    case 'key_cap':
      return permanent('key_cap_exhausted', {
        period: refusal.period,
        available: positiveUsd(refusal.availableNanoUsd),
        least,
      });
    case 'workspace_budget':
      return permanent('workspace_budget_exhausted', { available: positiveUsd(refusal.availableNanoUsd), least });
    case 'requests_per_minute':
      return passing('rate_limit_requests', refusal.limit, refusal.retryAfterMs);
    case 'tokens_per_minute':
      return passing('rate_limit_tokens', refusal.limit, refusal.retryAfterMs);
    case 'key_concurrency':
    case 'account_concurrency':
      return passing('rate_limit_concurrency', refusal.limit, null);
    case 'key_revoked':
    case 'key_disabled':
    case 'key_expired':
    case 'workspace_disabled':
    case 'account_suspended':
      return permanent(codeOfBlock[refusal.reason], {});
    default:
      throw unexpected(refusal);
  }
}

/** Why neither spending nor reading is allowed: the status of key, workspace or account. */
export type Block = NonNullable<Extract<ReadReply, { outcome: 'read' }>['blocked']>;

export const codeOfBlock: Readonly<Record<Block, ErrorCode>> = {
  key_revoked: 'revoked_api_key',
  key_disabled: 'disabled_api_key',
  key_expired: 'expired_api_key',
  workspace_disabled: 'workspace_disabled',
  account_suspended: 'account_suspended',
};

function permanent(code: ErrorCode, details: ErrorDetails): RefusalError {
  return { code, details, retryAfterMs: null };
}

function passing(code: ErrorCode, limit: number, retryAfterMs: number | null): RefusalError {
  return { code, details: { limit: String(limit) }, retryAfterMs };
}

function positiveUsd(amount: bigint): string {
  return formatUsd(amount > 0n ? amount : 0n);
}
