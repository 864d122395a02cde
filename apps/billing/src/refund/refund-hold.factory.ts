import { keyIdSchema, workspaceIdSchema, type AccountId } from '@apilink/contracts';
import { periodCandidates, type GateKey, type GateWorkspace, type ReserveRequest } from '@apilink/holds';
import { v5 as uuidv5 } from 'uuid';

import { LEDGER_NAMESPACE } from '../ledger/ledger-account.domain.js';
import type { Refund } from './refund.domain.js';

/**
 * Holds of the gate belong to a key of a workspace. Those of refunds belong to one that stands in the gate alone: revoked
 * and without a cap, so that it admits nothing and limits nothing, and nobody has it.
 */
export function refundKeyOf(accountId: AccountId): GateKey {
  return {
    keyId: keyIdSchema.out.parse(uuidv5(`refund_key:${accountId}`, LEDGER_NAMESPACE)),
    // The hash of nothing: no key has it.
    keyHash: ['a', 'b']
      .map((half) => uuidv5(`refund_key:${accountId}:${half}`, LEDGER_NAMESPACE))
      .join('')
      .replaceAll('-', ''),
    workspaceId: refundWorkspaceOf(accountId).workspaceId,
    status: 'revoked',
    expiresAt: null,
    requestsPerMinute: null,
    tokensPerMinute: null,
    concurrency: null,
    dailyCapNanoUsd: null,
    weeklyCapNanoUsd: null,
    monthlyCapNanoUsd: null,
    models: null,
    version: 1,
  };
}

export function refundWorkspaceOf(accountId: AccountId): GateWorkspace {
  return {
    workspaceId: workspaceIdSchema.out.parse(uuidv5(`refund_workspace:${accountId}`, LEDGER_NAMESPACE)),
    status: 'disabled',
    monthlyBudgetNanoUsd: null,
    version: 1,
  };
}

/** What a refund holds in the gate. Its periods are those of its request: no cap counts them. */
export function refundReservationOf(
  refund: Pick<Refund, 'accountId' | 'gateHoldId' | 'debitNanoUsd' | 'requestedAt'>,
): ReserveRequest {
  const { day, week, month } = periodCandidates('UTC', refund.requestedAt);
  const key = refundKeyOf(refund.accountId);
  return {
    accountId: refund.accountId,
    workspaceId: key.workspaceId,
    keyId: key.keyId,
    holdId: refund.gateHoldId,
    amountNanoUsd: refund.debitNanoUsd,
    periods: { day: day.current, week: week.current, month: month.current },
  };
}
