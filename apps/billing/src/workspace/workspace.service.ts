import { workspaceIdSchema, type AccountId, type WorkspaceId } from '@apilink/contracts';
import type { Database } from '@apilink/postgres';
import { ApiError } from '@apilink/service';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';

import type { AccountRepository } from '../account/account.repository.js';
import type { GateTeller } from '../gate/gate-teller.service.js';
import { gateWorkspaceOf } from '../gate/gate-view.factory.js';
import type { StaffActionRepository } from '../staff-action/staff-action.repository.js';
import { changedWorkspace, type WorkspacePatch, type WorkspaceRecord } from './workspace.domain.js';
import type { WorkspaceRepository } from './workspace.repository.js';

export interface NewWorkspace {
  readonly accountId: AccountId;
  readonly name: string;
  readonly monthlyBudgetNanoUsd: bigint | null;
}

/** Workspaces of an account; a change is in force at the gate when it is answered, or when it is there again. */
export class WorkspaceService {
  constructor(
    private readonly database: Database,
    private readonly workspaces: WorkspaceRepository,
    private readonly accounts: AccountRepository,
    private readonly gateTeller: GateTeller,
    private readonly staffActions: StaffActionRepository,
  ) {}

  async create(request: NewWorkspace, actor: string): Promise<WorkspaceRecord> {
    const workspaceId = newWorkspaceId();
    await this.database.transaction(async (sql) => {
      if ((await this.accounts.find(sql, request.accountId)) === null) throw accountNotFound();
      const workspace = { ...request, workspaceId, status: 'active' as const, version: 1 };
      await this.workspaces.insert(sql, workspace);
      await this.staffActions.record(sql, {
        actor,
        action: 'workspace.create',
        subject: z.encode(workspaceIdSchema, workspaceId),
        detail: { ...request },
      });
      const told = gateWorkspaceOf({ ...workspace, createdAt: 0 });
      await this.gateTeller.write(sql, [{ accountId: request.accountId, workspaces: [told] }]);
    });
    await this.gateTeller.told(request.accountId);
    return this.#found(workspaceId);
  }

  async update(workspaceId: WorkspaceId, patch: WorkspacePatch, actor: string): Promise<WorkspaceRecord> {
    const { accountId } = await this.database.transaction(async (sql) => {
      const before = await this.workspaces.lock(sql, workspaceId);
      if (before === null) throw new ApiError('not_found', { detail: 'this workspace' });
      const workspace = changedWorkspace(before, patch);
      await this.workspaces.update(sql, workspace);
      await this.staffActions.record(sql, {
        actor,
        action: 'workspace.update',
        subject: z.encode(workspaceIdSchema, workspaceId),
        detail: { ...patch },
      });
      await this.gateTeller.write(sql, [{ accountId: workspace.accountId, workspaces: [gateWorkspaceOf(workspace)] }]);
      return workspace;
    });
    await this.gateTeller.told(accountId);
    return this.#found(workspaceId);
  }

  async list(accountId: AccountId): Promise<readonly WorkspaceRecord[]> {
    if ((await this.accounts.find(this.database, accountId)) === null) throw accountNotFound();
    return this.workspaces.listOfAccount(this.database, accountId);
  }

  async #found(workspaceId: WorkspaceId): Promise<WorkspaceRecord> {
    const workspace = await this.workspaces.find(this.database, workspaceId);
    if (workspace === null) throw new ApiError('not_found', { detail: 'this workspace' });
    return workspace;
  }
}

export function newWorkspaceId(): WorkspaceId {
  return workspaceIdSchema.out.parse(uuidv7());
}

function accountNotFound(): ApiError {
  return new ApiError('not_found', { detail: 'this account' });
}
