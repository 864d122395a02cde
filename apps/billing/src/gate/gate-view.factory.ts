import type { GateAccount, GateKey, GateWorkspace } from '@apilink/holds';

import type { AccountRecord } from '../account/account.domain.js';
import type { ApiKeyRecord } from '../api-key/api-key.domain.js';
import type { WorkspaceRecord } from '../workspace/workspace.domain.js';

/** What the gate is told of an account: absolute, ordered by its version. */
export function gateAccountOf(account: AccountRecord): GateAccount {
  return {
    status: account.status,
    timeZone: account.timeZone,
    concurrency: account.concurrency,
    version: account.version,
  };
}

export function gateWorkspaceOf(workspace: WorkspaceRecord): GateWorkspace {
  return {
    workspaceId: workspace.workspaceId,
    status: workspace.status,
    monthlyBudgetNanoUsd: workspace.monthlyBudgetNanoUsd,
    version: workspace.version,
  };
}

export function gateKeyOf(key: ApiKeyRecord): GateKey {
  return {
    keyId: key.keyId,
    keyHash: key.keyHash,
    workspaceId: key.workspaceId,
    status: key.status,
    expiresAt: key.expiresAt,
    requestsPerMinute: key.requestsPerMinute,
    tokensPerMinute: key.tokensPerMinute,
    concurrency: key.concurrency,
    dailyCapNanoUsd: key.dailyCapNanoUsd,
    weeklyCapNanoUsd: key.weeklyCapNanoUsd,
    monthlyCapNanoUsd: key.monthlyCapNanoUsd,
    models: key.models,
    version: key.version,
  };
}
