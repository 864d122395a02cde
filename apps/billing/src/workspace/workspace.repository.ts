import type { AccountId, WorkspaceId } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';

import type { WorkspaceRecord } from './workspace.domain.js';

export class WorkspaceRepository {
  async insert(sql: Sql, workspace: Omit<WorkspaceRecord, 'createdAt'>): Promise<void> {
    await sql.query(
      `INSERT INTO workspaces (workspace_id, account_id, name, status, monthly_budget_nano_usd, version)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [
        workspace.workspaceId,
        workspace.accountId,
        workspace.name,
        workspace.status,
        workspace.monthlyBudgetNanoUsd?.toString() ?? null,
        workspace.version,
      ],
    );
  }

  /** A changed budget stands from now on; a month that it did not stand for is not compared with it. */
  async update(sql: Sql, workspace: WorkspaceRecord): Promise<void> {
    await sql.query(
      `UPDATE workspaces SET name = $2, status = $3, version = $5,
         budget_since = CASE WHEN monthly_budget_nano_usd IS DISTINCT FROM $4::bigint THEN now() ELSE budget_since END,
         monthly_budget_nano_usd = $4::bigint
       WHERE workspace_id = $1`,
      [
        workspace.workspaceId,
        workspace.name,
        workspace.status,
        workspace.monthlyBudgetNanoUsd?.toString() ?? null,
        workspace.version,
      ],
    );
  }

  /** Locks the row: two changes of one workspace get two versions. */
  async lock(sql: Sql, workspaceId: WorkspaceId): Promise<WorkspaceRecord | null> {
    const [row] = await sql.query<WorkspaceRow>(`${SELECT_WORKSPACES} WHERE workspace_id = $1 FOR NO KEY UPDATE`, [
      workspaceId,
    ]);
    return row === undefined ? null : workspaceOf(row);
  }

  async find(sql: Sql, workspaceId: WorkspaceId): Promise<WorkspaceRecord | null> {
    const [row] = await sql.query<WorkspaceRow>(`${SELECT_WORKSPACES} WHERE workspace_id = $1`, [workspaceId]);
    return row === undefined ? null : workspaceOf(row);
  }

  async listOfAccount(sql: Sql, accountId: AccountId): Promise<readonly WorkspaceRecord[]> {
    const rows = await sql.query<WorkspaceRow>(`${SELECT_WORKSPACES} WHERE account_id = $1 ORDER BY workspace_id`, [
      accountId,
    ]);
    return rows.map(workspaceOf);
  }
}

interface WorkspaceRow {
  readonly workspace_id: WorkspaceId;
  readonly account_id: AccountId;
  readonly name: string;
  readonly status: 'active' | 'disabled';
  readonly monthly_budget_nano_usd: string | null;
  readonly version: string;
  readonly created_at: Date;
}

const SELECT_WORKSPACES = `SELECT workspace_id, account_id, name, status, monthly_budget_nano_usd, version, created_at
  FROM workspaces`;

function workspaceOf(row: WorkspaceRow): WorkspaceRecord {
  return {
    workspaceId: row.workspace_id,
    accountId: row.account_id,
    name: row.name,
    status: row.status,
    monthlyBudgetNanoUsd: row.monthly_budget_nano_usd === null ? null : BigInt(row.monthly_budget_nano_usd),
    version: Number(row.version),
    createdAt: row.created_at.getTime(),
  };
}
