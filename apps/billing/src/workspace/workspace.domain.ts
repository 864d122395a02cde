import type { AccountId, WorkspaceId } from '@apilink/contracts';

/** A part of one account; every API key belongs to exactly one. */
export interface WorkspaceRecord {
  readonly workspaceId: WorkspaceId;
  readonly accountId: AccountId;
  readonly name: string;
  readonly status: 'active' | 'disabled';
  /** Null = none of its own. */
  readonly monthlyBudgetNanoUsd: bigint | null;
  readonly version: number;
  readonly createdAt: number;
}

/** What a person may change of a workspace; what is left out stays, a budget of null is taken away. */
export interface WorkspacePatch {
  readonly name?: string | undefined;
  readonly status?: 'active' | 'disabled' | undefined;
  readonly monthlyBudgetNanoUsd?: bigint | null | undefined;
}

/** The workspace after a change, at its next version. */
export function changedWorkspace(workspace: WorkspaceRecord, patch: WorkspacePatch): WorkspaceRecord {
  return {
    ...workspace,
    name: patch.name ?? workspace.name,
    status: patch.status ?? workspace.status,
    monthlyBudgetNanoUsd:
      patch.monthlyBudgetNanoUsd === undefined ? workspace.monthlyBudgetNanoUsd : patch.monthlyBudgetNanoUsd,
    version: workspace.version + 1,
  };
}
