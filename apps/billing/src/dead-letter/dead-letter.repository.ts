import type { Database, Sql } from '@apilink/postgres';

/** Which dead letters were put back, and by whom; the letters themselves stay in the log. */
export class DeadLetterRepository {
  constructor(private readonly database: Database) {}

  async findReplays(ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.database.query<{ dead_letter_id: string; replayed_at: Date }>(
      'SELECT dead_letter_id, replayed_at FROM dead_letter_replays WHERE dead_letter_id = ANY($1::text[])',
      [ids],
    );
    return new Map(rows.map((row) => [row.dead_letter_id, row.replayed_at.getTime()]));
  }

  async markReplayed(sql: Sql, id: string, actor: string): Promise<void> {
    await sql.query(
      `INSERT INTO dead_letter_replays (dead_letter_id, actor) VALUES ($1, $2)
       ON CONFLICT (dead_letter_id) DO UPDATE SET replayed_at = now(), actor = excluded.actor`,
      [id, actor],
    );
  }
}
