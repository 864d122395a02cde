import type { DeliveryId, WebhookId, webhooksApi } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';

import type { AttemptResult } from './webhook.domain.js';

/** So long a claimed delivery belongs to who claimed it: longer than an attempt may take. */
const CLAIM_MS = 60_000;
/** The log of deliveries is kept for so long. */
const KEPT_DAYS = 30;

export interface NewDelivery {
  readonly deliveryId: DeliveryId;
  readonly webhookId: WebhookId;
  readonly eventId: string;
  readonly eventType: string;
  readonly body: string;
}

/** A delivery that is due, with where it goes. */
export interface DueDelivery extends NewDelivery {
  readonly url: string;
  readonly sealedSecret: string;
  /** This one included. */
  readonly attempts: number;
}

export class DeliveryRepository {
  /** One event for one webhook once: told again, it is there already. */
  async insert(sql: Sql, deliveries: readonly NewDelivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    await sql.query(
      `INSERT INTO webhook_deliveries (delivery_id, webhook_id, event_id, event_type, body)
       SELECT delivery_id, webhook_id, event_id, event_type, body FROM jsonb_to_recordset($1::jsonb)
         AS d (delivery_id uuid, webhook_id uuid, event_id text, event_type text, body text)
       ON CONFLICT (webhook_id, event_id) DO NOTHING`,
      [
        JSON.stringify(
          deliveries.map((one) => ({
            delivery_id: one.deliveryId,
            webhook_id: one.webhookId,
            event_id: one.eventId,
            event_type: one.eventType,
            body: one.body,
          })),
        ),
      ],
    );
  }

  /**
   * Takes what is due, the oldest of each webhook: one that hangs holds up nobody else. A claim that is not answered for,
   * because a process died, comes again.
   */
  async claim(sql: Sql, limit: number, only: DeliveryId | null = null): Promise<readonly DueDelivery[]> {
    const rows = await sql.query<DueRow>(CLAIM, [limit, CLAIM_MS, only]);
    return rows.map((row) => ({
      deliveryId: row.delivery_id,
      webhookId: row.webhook_id,
      eventId: row.event_id,
      eventType: row.event_type,
      body: row.body,
      url: row.url,
      sealedSecret: row.secret,
      attempts: row.attempts,
    }));
  }

  async logAttempt(sql: Sql, deliveryId: DeliveryId, result: AttemptResult): Promise<void> {
    const status = result.kind === 'answered' ? result.status : null;
    const error = result.kind === 'failed' ? result.error : null;
    await sql.query('INSERT INTO webhook_attempts (delivery_id, status, error, duration_ms) VALUES ($1, $2, $3, $4)', [
      deliveryId,
      status,
      error,
      result.durationMs,
    ]);
  }

  async end(sql: Sql, deliveryId: DeliveryId, state: 'delivered' | 'failed'): Promise<void> {
    await sql.query(`UPDATE webhook_deliveries SET state = $2, ended_at = now() WHERE delivery_id = $1`, [
      deliveryId,
      state,
    ]);
  }

  async postpone(sql: Sql, deliveryId: DeliveryId, pauseMs: number): Promise<void> {
    await sql.query(
      `UPDATE webhook_deliveries SET next_attempt_at = now() + $2 * interval '1 millisecond' WHERE delivery_id = $1`,
      [deliveryId, pauseMs],
    );
  }

  /** Begins a new round of attempts, the event's id and body as before. False when there is no such delivery. */
  async replay(sql: Sql, deliveryId: DeliveryId): Promise<boolean> {
    const rows = await sql.query(
      `UPDATE webhook_deliveries SET state = 'pending', attempts = 0, next_attempt_at = now(), ended_at = NULL
       WHERE delivery_id = $1 RETURNING delivery_id`,
      [deliveryId],
    );
    return rows.length > 0;
  }

  async find(sql: Sql, deliveryId: DeliveryId): Promise<webhooksApi.DeliveryView | null> {
    const [row] = await sql.query<DeliveryRow>(`${SELECT_DELIVERIES} WHERE d.delivery_id = $1`, [deliveryId]);
    return row === undefined ? null : deliveryOf(row);
  }

  /** Newest first, below a cursor: ids of deliveries rise with time. */
  async page(
    sql: Sql,
    webhookId: WebhookId,
    below: DeliveryId | null,
    limit: number,
  ): Promise<readonly webhooksApi.DeliveryView[]> {
    const rows = await sql.query<DeliveryRow>(
      `${SELECT_DELIVERIES} WHERE d.webhook_id = $1 AND ($2::uuid IS NULL OR d.delivery_id < $2)
       ORDER BY d.delivery_id DESC LIMIT $3`,
      [webhookId, below, limit],
    );
    return rows.map(deliveryOf);
  }

  async forgetOld(sql: Sql): Promise<void> {
    await sql.query(`DELETE FROM webhook_deliveries WHERE created_at < now() - $1 * interval '1 day'`, [KEPT_DAYS]);
  }
}

interface DueRow {
  readonly delivery_id: DeliveryId;
  readonly webhook_id: WebhookId;
  readonly event_id: string;
  readonly event_type: string;
  readonly body: string;
  readonly url: string;
  readonly secret: string;
  readonly attempts: number;
}

interface DeliveryRow {
  readonly delivery_id: DeliveryId;
  readonly webhook_id: WebhookId;
  readonly event_id: string;
  readonly event_type: string;
  readonly body: string;
  readonly state: webhooksApi.DeliveryView['state'];
  readonly next_attempt_at: Date;
  readonly created_at: Date;
  readonly attempts: readonly { at: string; status: number | null; error: string | null; duration_ms: number }[];
}

const CLAIM = `
WITH due AS (
  SELECT DISTINCT ON (d.webhook_id) d.delivery_id, d.next_attempt_at FROM webhook_deliveries d
  JOIN webhooks w ON w.webhook_id = d.webhook_id AND w.status = 'active'
  WHERE d.state = 'pending' AND d.next_attempt_at <= now() AND ($3::uuid IS NULL OR d.delivery_id = $3)
  ORDER BY d.webhook_id, d.next_attempt_at, d.delivery_id
), taken AS (
  SELECT delivery_id FROM webhook_deliveries
  WHERE delivery_id IN (SELECT delivery_id FROM due ORDER BY next_attempt_at LIMIT $1)
    AND state = 'pending' AND next_attempt_at <= now()
  FOR UPDATE SKIP LOCKED
)
UPDATE webhook_deliveries d
SET attempts = d.attempts + 1, next_attempt_at = now() + $2 * interval '1 millisecond'
FROM taken t, webhooks w
WHERE d.delivery_id = t.delivery_id AND w.webhook_id = d.webhook_id
RETURNING d.delivery_id, d.webhook_id, d.event_id, d.event_type, d.body, d.attempts, w.url, w.secret`;

const SELECT_DELIVERIES = `
SELECT d.delivery_id, d.webhook_id, d.event_id, d.event_type, d.body, d.state, d.next_attempt_at, d.created_at,
  coalesce((SELECT jsonb_agg(jsonb_build_object('at', a.at, 'status', a.status, 'error', a.error,
    'duration_ms', a.duration_ms) ORDER BY a.webhook_attempt_id)
    FROM webhook_attempts a WHERE a.delivery_id = d.delivery_id), '[]') AS attempts
FROM webhook_deliveries d`;

function deliveryOf(row: DeliveryRow): webhooksApi.DeliveryView {
  return {
    deliveryId: row.delivery_id,
    webhookId: row.webhook_id,
    eventId: row.event_id,
    eventType: row.event_type,
    state: row.state,
    nextAttemptAt: row.state === 'pending' ? row.next_attempt_at.getTime() : null,
    createdAt: row.created_at.getTime(),
    attempts: row.attempts.map(({ at, status, error, duration_ms: durationMs }) => ({
      at: Date.parse(at),
      status,
      error,
      durationMs,
    })),
    body: row.body,
  };
}
