import { arrayParameter, type Sql } from '@apilink/postgres';

export interface NewStoredResponse {
  readonly accountId: string;
  readonly responseId: string;
  readonly previousResponseId: string | null;
  readonly sealedInput: Buffer;
  readonly sealedResource: Buffer;
  /** Ids that its items may be referred to by: those of the output win over what had them before. */
  readonly inputItemIds: readonly string[];
  readonly outputItemIds: readonly string[];
  readonly keptMs: number;
}

export interface StoredResponse {
  readonly responseId: string;
  readonly previousResponseId: string | null;
  readonly sealedInput: Buffer;
  readonly sealedResource: Buffer;
}

/** A conversation up to one of its responses, the oldest first. */
export interface StoredChain {
  readonly responses: readonly StoredResponse[];
  /** Sealed. The responses are empty when it is more than was asked for. */
  readonly bytes: number;
  /** The response that the oldest one found builds on: deleted, or beyond the depth that was asked for. */
  readonly missing: string | null;
  readonly depth: number;
}

export interface ChainLimits {
  readonly depthMax: number;
  readonly bytesMax: number;
}

interface ChainRow {
  readonly response_id: string;
  readonly previous_response_id: string | null;
  readonly sealed_input: Buffer | null;
  readonly sealed_resource: Buffer | null;
  readonly chain_bytes: string;
  readonly chain_depth: number;
}

export interface ItemPlace {
  readonly itemId: string;
  readonly responseId: string;
  /** Of the whole response. */
  readonly bytes: number;
}

/** Stored responses of an account; the database's clock says what is kept no more. */
export class StoredResponseRepository {
  /** One statement: the response, its items, and a new life for everything that it builds on. */
  async save(sql: Sql, response: NewStoredResponse): Promise<void> {
    const { sealedInput, sealedResource } = response;
    await sql.query(
      `WITH RECURSIVE chain AS (
         SELECT response_id, previous_response_id, 1 AS depth FROM stored_responses
         WHERE account_id = $1 AND response_id = $3
         UNION ALL
         SELECT older.response_id, older.previous_response_id, chain.depth + 1
         FROM chain JOIN stored_responses AS older
           ON older.account_id = $1 AND older.response_id = chain.previous_response_id
         WHERE chain.depth < $9
       ), touched AS (
         UPDATE stored_responses AS older SET kept_until = greatest(kept_until, now() + $8 * interval '1 ms')
         FROM chain WHERE older.account_id = $1 AND older.response_id = chain.response_id AND older.response_id <> $2
       ), saved AS (
         INSERT INTO stored_responses
           (account_id, response_id, previous_response_id, sealed_input, sealed_resource, stored_bytes, kept_until)
         VALUES ($1, $2, $3, $4, $5, $10, now() + $8 * interval '1 ms')
         ON CONFLICT (account_id, response_id) DO UPDATE
           SET previous_response_id = excluded.previous_response_id, sealed_input = excluded.sealed_input,
               sealed_resource = excluded.sealed_resource, stored_bytes = excluded.stored_bytes,
               created_at = now(), kept_until = excluded.kept_until
       ), inputs AS (
         INSERT INTO stored_items (account_id, item_id, response_id)
         SELECT $1, item_id, $2 FROM unnest($6::text[]) AS item_id
         ON CONFLICT (account_id, item_id) DO NOTHING
       )
       INSERT INTO stored_items (account_id, item_id, response_id)
       SELECT $1, item_id, $2 FROM unnest($7::text[]) AS item_id
       ON CONFLICT (account_id, item_id) DO UPDATE SET response_id = excluded.response_id`,
      [
        response.accountId,
        response.responseId,
        response.previousResponseId,
        sealedInput,
        sealedResource,
        arrayParameter('text', response.inputItemIds),
        arrayParameter('text', response.outputItemIds),
        response.keptMs,
        DEPTH_TOUCHED_MAX,
        sealedInput.length + sealedResource.length,
      ],
    );
  }

  async find(sql: Sql, accountId: string, responseId: string): Promise<StoredResponse | null> {
    const [row] = await sql.query<ChainRow>(
      `SELECT response_id, previous_response_id, sealed_input, sealed_resource FROM stored_responses
       WHERE account_id = $1 AND response_id = $2 AND kept_until > now()`,
      [accountId, responseId],
    );
    return row === undefined ? null : storedOf(row);
  }

  /** Null when there is no such response. What it holds is read only when it is within the limits. */
  async chain(
    sql: Sql,
    accountId: string,
    responseId: string,
    { depthMax, bytesMax }: ChainLimits,
  ): Promise<StoredChain | null> {
    const rows = await sql.query<ChainRow>(
      `WITH RECURSIVE chain AS (
         SELECT response_id, previous_response_id, stored_bytes::bigint AS bytes, 1 AS depth FROM stored_responses
         WHERE account_id = $1 AND response_id = $2 AND kept_until > now()
         UNION ALL
         SELECT older.response_id, older.previous_response_id, chain.bytes + older.stored_bytes, chain.depth + 1
         FROM chain JOIN stored_responses AS older
           ON older.account_id = $1 AND older.response_id = chain.previous_response_id
         WHERE chain.depth < $3 AND chain.bytes <= $4
       ), whole AS (SELECT max(bytes) AS bytes, max(depth) AS depth FROM chain)
       SELECT chain.response_id, chain.previous_response_id, whole.bytes AS chain_bytes, whole.depth AS chain_depth,
         CASE WHEN whole.bytes <= $4 THEN stored.sealed_input END AS sealed_input,
         CASE WHEN whole.bytes <= $4 THEN stored.sealed_resource END AS sealed_resource
       FROM whole, chain JOIN stored_responses AS stored
         ON stored.account_id = $1 AND stored.response_id = chain.response_id
       ORDER BY chain.depth DESC`,
      [accountId, responseId, depthMax, bytesMax],
    );
    const [oldest] = rows;
    if (oldest === undefined) return null;
    return {
      responses: rows.flatMap((row) => storedOf(row) ?? []),
      bytes: Number(oldest.chain_bytes),
      missing: oldest.previous_response_id,
      depth: oldest.chain_depth,
    };
  }

  async findItems(sql: Sql, accountId: string, itemIds: readonly string[]): Promise<readonly ItemPlace[]> {
    const rows = await sql.query<{ item_id: string; response_id: string; stored_bytes: number }>(
      `SELECT item.item_id, item.response_id, stored.stored_bytes
       FROM stored_items AS item JOIN stored_responses AS stored USING (account_id, response_id)
       WHERE item.account_id = $1 AND item.item_id = ANY ($2::text[]) AND stored.kept_until > now()`,
      [accountId, arrayParameter('text', itemIds)],
    );
    return rows.map((row) => ({ itemId: row.item_id, responseId: row.response_id, bytes: row.stored_bytes }));
  }

  async findAll(sql: Sql, accountId: string, responseIds: readonly string[]): Promise<readonly StoredResponse[]> {
    const rows = await sql.query<ChainRow>(
      `SELECT response_id, previous_response_id, sealed_input, sealed_resource FROM stored_responses
       WHERE account_id = $1 AND response_id = ANY ($2::text[]) AND kept_until > now()`,
      [accountId, arrayParameter('text', responseIds)],
    );
    return rows.flatMap((row) => storedOf(row) ?? []);
  }

  /** False when there was none. */
  async delete(sql: Sql, accountId: string, responseId: string): Promise<boolean> {
    const rows = await sql.query<{ was_kept: boolean }>(
      `DELETE FROM stored_responses WHERE account_id = $1 AND response_id = $2
       RETURNING kept_until > now() AS was_kept`,
      [accountId, responseId],
    );
    return rows[0]?.was_kept === true;
  }

  /** Deletes the oldest of what nobody may be given any more; returns how many. */
  async deleteOld(sql: Sql, rowsMax: number): Promise<number> {
    const rows = await sql.query(
      `DELETE FROM stored_responses WHERE (account_id, response_id) IN (
         SELECT account_id, response_id FROM stored_responses WHERE kept_until <= now()
         ORDER BY kept_until LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING 1`,
      [rowsMax],
    );
    return rows.length;
  }
}

/** A conversation that is longer cannot be continued, so nothing older needs to be kept for it. */
const DEPTH_TOUCHED_MAX = 1_000;

function storedOf(row: ChainRow): StoredResponse | null {
  const { response_id: responseId, previous_response_id: previousResponseId } = row;
  const { sealed_input: sealedInput, sealed_resource: sealedResource } = row;
  if (sealedInput === null || sealedResource === null) return null;
  return { responseId, previousResponseId, sealedInput, sealedResource };
}
