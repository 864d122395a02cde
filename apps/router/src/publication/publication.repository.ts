import type { RateCardWire } from '@apilink/contracts';
import type { OutgoingEvent } from '@apilink/events';
import { writeOutbox } from '@apilink/events';
import type { Sql } from '@apilink/postgres';

import type { ChangedModel, StoredModel } from './publication.domain.js';

export const ROUTER_SCHEMA = 'router';

interface ModelRow {
  readonly model_id: string;
  readonly created_at_ms: string;
  readonly body: string | null;
}

/** One publication at a time, whichever process makes it: the caller's transaction holds the lock to its end. */
export async function lockPublication(sql: Sql): Promise<void> {
  await sql.query("SELECT pg_advisory_xact_lock(hashtextextended('apilink.router.publication', 0))");
}

export async function readModels(sql: Sql): Promise<readonly StoredModel[]> {
  const rows = await sql.query<ModelRow>('SELECT model_id, created_at_ms, body FROM models');
  return rows.map((row) => ({ modelId: row.model_id, createdAt: Number(row.created_at_ms), body: row.body }));
}

export async function saveModels(
  sql: Sql,
  changed: readonly ChangedModel[],
  removed: readonly string[],
): Promise<void> {
  await sql.query(
    `INSERT INTO models (model_id, created_at_ms, body)
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[])
     ON CONFLICT (model_id) DO UPDATE SET body = EXCLUDED.body, published_at = now()`,
    [
      changed.map(({ model }) => model.modelId),
      changed.map(({ model }) => model.created),
      changed.map(({ body }) => body),
    ],
  );
  await sql.query('UPDATE models SET body = NULL, published_at = now() WHERE model_id = ANY($1::text[])', [removed]);
}

/** Keeps the cards that are new and says which they are; a card that is known was published before. */
export async function saveRateCards(
  sql: Sql,
  cards: readonly { readonly card: RateCardWire; readonly body: string }[],
): Promise<ReadonlySet<string>> {
  const rows = await sql.query<{ price_version: string }>(
    `INSERT INTO rate_cards (price_version, model_id, endpoint_id, body)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
     ON CONFLICT (price_version) DO NOTHING
     RETURNING price_version`,
    [
      cards.map(({ card }) => card.priceVersion),
      cards.map(({ card }) => card.modelId),
      cards.map(({ card }) => card.endpointId),
      cards.map(({ body }) => body),
    ],
  );
  return new Set(rows.map(({ price_version }) => price_version));
}

/** The trail of what this service said and when. */
export async function notePublication(
  sql: Sql,
  counts: { readonly changed: number; readonly removed: number; readonly prices: number },
): Promise<void> {
  await sql.query('INSERT INTO publications (models_changed, models_removed, prices_added) VALUES ($1, $2, $3)', [
    counts.changed,
    counts.removed,
    counts.prices,
  ]);
}

export async function enqueue(sql: Sql, events: readonly OutgoingEvent[]): Promise<void> {
  await writeOutbox(sql, ROUTER_SCHEMA, events);
}
