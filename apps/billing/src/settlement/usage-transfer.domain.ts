import type { AccountId, KeyId, UsageFinal, WorkspaceId } from '@apilink/contracts';

import { transferIdOf, type Transfer, type UsagePosting } from '../ledger/ledger.domain.js';

export interface SpendDelta {
  readonly accountId: AccountId;
  readonly scope: 'key' | 'workspace';
  readonly scopeId: KeyId | WorkspaceId;
  readonly period: string;
  readonly amountNanoUsd: bigint;
}

/** What the providers bill us for all attempts, failed and hedged ones included: never the customer's. */
export function costOfAttempts(final: UsageFinal): bigint {
  return final.attempts.reduce((sum, attempt) => sum + (attempt.costNanoUsd ?? 0n), 0n);
}

/** The counters that a charge moves: in all, and the periods that the gate picked at admission. */
export function spendsOf(
  hold: Pick<UsageFinal, 'accountId' | 'keyId' | 'workspaceId' | 'periods'>,
  amountNanoUsd: bigint,
): readonly SpendDelta[] {
  if (amountNanoUsd === 0n) return [];
  const { accountId, keyId, workspaceId, periods } = hold;
  return ['total', periods.day, periods.week, periods.month].flatMap((period) => [
    { accountId, scope: 'key' as const, scopeId: keyId, period, amountNanoUsd },
    { accountId, scope: 'workspace' as const, scopeId: workspaceId, period, amountNanoUsd },
  ]);
}

/** One transfer per generation for ever, late or not: the id forbids a second charge. */
export function usageTransfer(final: UsageFinal, posting: UsagePosting): Transfer {
  return {
    transferId: transferIdOf('usage_settled', final.generationId),
    kind: 'usage_settled',
    ref: final.generationId,
    requestHash: `${final.outcome}/${final.finalHoldNanoUsd}/${final.answeredBy?.priceVersion ?? '-'}`,
    actor: 'settlement',
    entries: posting.entries,
  };
}
