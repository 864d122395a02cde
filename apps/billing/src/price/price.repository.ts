import { rateCardSchema, type PricePublished } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';
import type { RateCard } from '@apilink/pricing';
import { z } from 'zod';

/** Every price version ever published: immutable rows, kept for as long as a charge rests on them. */
export class PriceRepository {
  async insert(sql: Sql, prices: readonly PricePublished[]): Promise<void> {
    if (prices.length === 0) return;
    await sql.query(INSERT_PRICES, [
      JSON.stringify(
        prices.map(({ rateCard, publishedAt }) => ({
          price_version: rateCard.priceVersion,
          model_id: rateCard.modelId,
          endpoint_id: rateCard.endpointId,
          card: z.encode(rateCardSchema, rateCard),
          published_at: new Date(publishedAt).toISOString(),
        })),
      ),
    ]);
  }

  async find(sql: Sql, priceVersions: readonly string[]): Promise<readonly RateCard[]> {
    const rows = await sql.query<{ card: unknown }>('SELECT card FROM prices WHERE price_version = ANY($1::text[])', [
      priceVersions,
    ]);
    return rows.map((row) => rateCardSchema.parse(row.card));
  }
}

const INSERT_PRICES = `
INSERT INTO prices (price_version, model_id, endpoint_id, card, published_at)
SELECT price_version, model_id, endpoint_id, card, published_at FROM jsonb_to_recordset($1::jsonb)
  AS p (price_version text, model_id text, endpoint_id text, card jsonb, published_at timestamptz)
ON CONFLICT (price_version) DO NOTHING`;
