import type { AccountId, WebhookEventType, WebhookId, webhooksApi } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';

export type WebhookRecord = webhooksApi.WebhookView;

/** Endpoints of accounts. Their secrets are sealed before they come here. */
export class WebhookRepository {
  async insert(
    sql: Sql,
    webhook: Pick<WebhookRecord, 'webhookId' | 'accountId' | 'url' | 'events'>,
    sealedSecret: string,
  ): Promise<void> {
    await sql.query('INSERT INTO webhooks (webhook_id, account_id, url, events, secret) VALUES ($1, $2, $3, $4, $5)', [
      webhook.webhookId,
      webhook.accountId,
      webhook.url,
      webhook.events,
      sealedSecret,
    ]);
  }

  async find(sql: Sql, webhookId: WebhookId): Promise<WebhookRecord | null> {
    const [row] = await sql.query<WebhookRow>(`${SELECT_WEBHOOKS} AND webhook_id = $1`, [webhookId]);
    return row === undefined ? null : webhookOf(row);
  }

  async listOfAccount(sql: Sql, accountId: AccountId): Promise<readonly WebhookRecord[]> {
    const rows = await sql.query<WebhookRow>(`${SELECT_WEBHOOKS} AND account_id = $1 ORDER BY webhook_id`, [accountId]);
    return rows.map(webhookOf);
  }

  /** Those of these accounts that are asked. */
  async listActive(sql: Sql, accountIds: readonly AccountId[]): Promise<readonly WebhookRecord[]> {
    const rows = await sql.query<WebhookRow>(
      `${SELECT_WEBHOOKS} AND status = 'active' AND account_id = ANY($1::uuid[]) ORDER BY webhook_id`,
      [accountIds],
    );
    return rows.map(webhookOf);
  }

  async enable(sql: Sql, webhookId: WebhookId): Promise<void> {
    await sql.query(
      `UPDATE webhooks SET status = 'active', disabled_reason = NULL, failing_since = NULL
       WHERE webhook_id = $1 AND status = 'disabled'`,
      [webhookId],
    );
  }

  /** Its deliveries stay for those who look; its secret does not. */
  async remove(sql: Sql, webhookId: WebhookId): Promise<void> {
    await sql.query(`UPDATE webhooks SET status = 'deleted', secret = '' WHERE webhook_id = $1`, [webhookId]);
  }

  async noteSuccess(sql: Sql, webhookId: WebhookId): Promise<void> {
    await sql.query('UPDATE webhooks SET failing_since = NULL WHERE webhook_id = $1', [webhookId]);
  }

  /** Since when it has failed, this failure included. */
  async noteFailure(sql: Sql, webhookId: WebhookId): Promise<number> {
    const [row] = await sql.query<{ failing_since: Date }>(
      `UPDATE webhooks SET failing_since = coalesce(failing_since, now()) WHERE webhook_id = $1 RETURNING failing_since`,
      [webhookId],
    );
    if (row === undefined) throw new Error(`the webhook ${webhookId} was asked and is gone`);
    return row.failing_since.getTime();
  }

  async disable(sql: Sql, webhookId: WebhookId, reason: string): Promise<void> {
    await sql.query(
      `UPDATE webhooks SET status = 'disabled', disabled_reason = $2 WHERE webhook_id = $1 AND status = 'active'`,
      [webhookId, reason],
    );
  }
}

interface WebhookRow {
  readonly webhook_id: WebhookId;
  readonly account_id: AccountId;
  readonly url: string;
  readonly events: WebhookEventType[] | null;
  readonly status: 'active' | 'disabled';
  readonly disabled_reason: string | null;
  readonly failing_since: Date | null;
  readonly created_at: Date;
}

const SELECT_WEBHOOKS = `SELECT webhook_id, account_id, url, events, status, disabled_reason, failing_since, created_at
  FROM webhooks WHERE status <> 'deleted'`;

function webhookOf(row: WebhookRow): WebhookRecord {
  return {
    webhookId: row.webhook_id,
    accountId: row.account_id,
    url: row.url,
    events: row.events,
    status: row.status,
    disabledReason: row.disabled_reason,
    failingSince: row.failing_since?.getTime() ?? null,
    createdAt: row.created_at.getTime(),
  };
}
