import type { AccountId } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';

/** Below which a balance is low where an account says nothing else: $1. The trigger of the balances says the same. */
export const LOW_BALANCE_NANO_USD = 1_000_000_000n;

/** One limit that was reached, found by the triggers of the counters (see the migration). */
export interface SpendAlert {
  readonly alertId: string;
  readonly accountId: AccountId;
  readonly kind: 'key_cap' | 'workspace_budget' | 'balance_low';
  /** The key, the workspace, or the account. */
  readonly scopeId: string;
  /** Of the key or the workspace. */
  readonly name: string;
  /** Of the key: its first characters. */
  readonly hint: string;
  readonly period: string;
  readonly thresholdPercent: number;
  readonly limitNanoUsd: bigint;
  readonly amountNanoUsd: bigint;
  readonly foundAt: number;
}

export class SpendAlertRepository {
  /** Alerts that no webhook was told yet, oldest first, locked until the transaction ends. */
  async lockUntold(sql: Sql, limit: number): Promise<readonly SpendAlert[]> {
    const rows = await sql.query<AlertRow>(
      `${SELECT_ALERTS} WHERE told_at IS NULL ORDER BY found_at, threshold_percent, alert_id LIMIT $1 FOR UPDATE OF s SKIP LOCKED`,
      [limit],
    );
    return rows.map(alertOf);
  }

  async markTold(sql: Sql, alerts: readonly SpendAlert[]): Promise<void> {
    await sql.query('UPDATE spend_alerts SET told_at = now() WHERE alert_id = ANY($1::uuid[])', [
      alerts.map(({ alertId }) => alertId),
    ]);
  }

  /** Newest first. */
  async listOfAccount(sql: Sql, accountId: AccountId, limit: number): Promise<readonly SpendAlert[]> {
    const rows = await sql.query<AlertRow>(
      `${SELECT_ALERTS} WHERE s.account_id = $1 ORDER BY found_at DESC, threshold_percent DESC, alert_id LIMIT $2`,
      [accountId, limit],
    );
    return rows.map(alertOf);
  }

  async lowBalance(sql: Sql, accountId: AccountId): Promise<bigint> {
    const [row] = await sql.query<{ low_balance_nano_usd: string }>(
      'SELECT low_balance_nano_usd FROM spend_alert_settings WHERE account_id = $1',
      [accountId],
    );
    return row === undefined ? LOW_BALANCE_NANO_USD : BigInt(row.low_balance_nano_usd);
  }

  async setLowBalance(sql: Sql, accountId: AccountId, amountNanoUsd: bigint): Promise<void> {
    await sql.query(
      `INSERT INTO spend_alert_settings (account_id, low_balance_nano_usd) VALUES ($1, $2)
       ON CONFLICT (account_id) DO UPDATE SET low_balance_nano_usd = excluded.low_balance_nano_usd`,
      [accountId, amountNanoUsd.toString()],
    );
  }
}

interface AlertRow {
  readonly alert_id: string;
  readonly account_id: AccountId;
  readonly kind: SpendAlert['kind'];
  readonly scope_id: string;
  readonly name: string | null;
  readonly hint: string | null;
  readonly period: string;
  readonly threshold_percent: number;
  readonly limit_nano_usd: string;
  readonly amount_nano_usd: string;
  readonly found_at: Date;
}

const SELECT_ALERTS = `
SELECT s.alert_id, s.account_id, s.kind, s.scope_id, coalesce(k.name, w.name) AS name, k.hint, s.period,
  s.threshold_percent, s.limit_nano_usd, s.amount_nano_usd, s.found_at
FROM spend_alerts s
LEFT JOIN api_keys k ON s.kind = 'key_cap' AND k.key_id = s.scope_id
LEFT JOIN workspaces w ON s.kind = 'workspace_budget' AND w.workspace_id = s.scope_id`;

function alertOf(row: AlertRow): SpendAlert {
  return {
    alertId: row.alert_id,
    accountId: row.account_id,
    kind: row.kind,
    scopeId: row.scope_id,
    name: row.name ?? '',
    hint: row.hint ?? '',
    period: row.period,
    thresholdPercent: row.threshold_percent,
    limitNanoUsd: BigInt(row.limit_nano_usd),
    amountNanoUsd: BigInt(row.amount_nano_usd),
    foundAt: row.found_at.getTime(),
  };
}
