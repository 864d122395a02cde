import type { AccountId, WorkspaceId } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';

import type { AccountChange } from '../ledger/ledger-event.factory.js';
import type { AccountRecord } from './account.domain.js';

export class AccountRepository {
  /** False when there is one of this id; two at once wait for each other. */
  async insert(sql: Sql, account: Omit<AccountRecord, 'createdAt'>): Promise<boolean> {
    const rows = await sql.query(
      `INSERT INTO accounts (account_id, name, status, time_zone, concurrency, default_workspace_id, version)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id) DO NOTHING RETURNING account_id`,
      [
        account.accountId,
        account.name,
        account.status,
        account.timeZone,
        account.concurrency,
        account.defaultWorkspaceId,
        account.version,
      ],
    );
    return rows.length > 0;
  }

  async update(sql: Sql, account: AccountRecord): Promise<void> {
    await sql.query('UPDATE accounts SET name = $2, status = $3, time_zone = $4, version = $5 WHERE account_id = $1', [
      account.accountId,
      account.name,
      account.status,
      account.timeZone,
      account.version,
    ]);
  }

  async find(sql: Sql, accountId: AccountId): Promise<AccountRecord | null> {
    const [row] = await sql.query<AccountRow>(`${SELECT_ACCOUNTS} WHERE account_id = $1`, [accountId]);
    return row === undefined ? null : accountOf(row);
  }

  /** Keeps what this version is, for followers of the ledger; returns it with the instant by the database's clock. */
  async insertChange(sql: Sql, account: AccountRecord): Promise<AccountChange> {
    const { accountId, version, name, status, timeZone } = account;
    const [row] = await sql.query<{ changed_at: Date }>(
      `INSERT INTO account_changes (account_id, version, name, status, time_zone)
       VALUES ($1, $2, $3, $4, $5) RETURNING changed_at`,
      [accountId, version, name, status, timeZone],
    );
    if (row === undefined) throw new Error('the change of the account was not written');
    return { accountId, version, name, status, timeZone, changedAt: row.changed_at.getTime() };
  }

  /** Locks the row: two changes of one account get two versions. */
  async lock(sql: Sql, accountId: AccountId): Promise<AccountRecord | null> {
    const [row] = await sql.query<AccountRow>(`${SELECT_ACCOUNTS} WHERE account_id = $1 FOR NO KEY UPDATE`, [
      accountId,
    ]);
    return row === undefined ? null : accountOf(row);
  }

  /** In id order after a cursor. */
  async list(sql: Sql, after: AccountId | null, limit: number): Promise<readonly AccountRecord[]> {
    const rows = await sql.query<AccountRow>(
      `${SELECT_ACCOUNTS} WHERE $1::uuid IS NULL OR account_id > $1 ORDER BY account_id LIMIT $2`,
      [after, limit],
    );
    return rows.map(accountOf);
  }
}

interface AccountRow {
  readonly account_id: AccountId;
  readonly name: string;
  readonly status: 'active' | 'suspended';
  readonly time_zone: string;
  readonly concurrency: number | null;
  readonly default_workspace_id: WorkspaceId;
  readonly version: string;
  readonly created_at: Date;
}

const SELECT_ACCOUNTS = `SELECT account_id, name, status, time_zone, concurrency, default_workspace_id, version, created_at
  FROM accounts`;

function accountOf(row: AccountRow): AccountRecord {
  return {
    accountId: row.account_id,
    name: row.name,
    status: row.status,
    timeZone: row.time_zone,
    concurrency: row.concurrency,
    defaultWorkspaceId: row.default_workspace_id,
    version: Number(row.version),
    createdAt: row.created_at.getTime(),
  };
}
