import type { Sql } from '@apilink/postgres';

/** The epoch that a gate begins with; the embedded one keeps it for ever. */
export const FIRST_EPOCH = 1;

/** `lost`: the gate knew none. `other_run`: it has restarted or another one took its role. `behind`: it disagrees with this table. */
export type EpochCause = 'first' | 'lost' | 'other_run' | 'behind';

export interface RecordedEpoch {
  readonly epoch: number;
  readonly cause: EpochCause;
  /** What the gate has kept from before has been compared with the tables. */
  readonly isCompared: boolean;
}

/** Held shared by commits that rest on a hold of the gate, alone by the record of a new epoch. */
const GUARD = "hashtextextended('billing/gate-epoch', 0)";

/** The epochs of a gate that can be lost. The embedded gate is in the ledger's database and has none. */
export class GateEpochRepository {
  constructor(private readonly canBeLost: boolean) {}

  /** Null where the gate cannot be lost: every hold it confirmed is of the present. */
  async current(sql: Sql): Promise<number | null> {
    if (!this.canBeLost) return null;
    const [row] = await sql.query<{ epoch: number | null }>('SELECT max(epoch) AS epoch FROM gate_epochs');
    return row?.epoch ?? null;
  }

  /** As `current`, and no new epoch is recorded before this transaction has ended. */
  async guard(sql: Sql): Promise<number | null> {
    if (!this.canBeLost) return null;
    await sql.query(`SELECT pg_advisory_xact_lock_shared(${GUARD})`);
    return this.current(sql);
  }

  /**
   * Records a new epoch, above all that this table or the gate knows, once every commit that rests on an older one has
   * ended. Call it in a transaction.
   */
  async record(sql: Sql, begin: { runId: string; above: number; cause: EpochCause }): Promise<RecordedEpoch> {
    await sql.query(`SELECT pg_advisory_xact_lock(${GUARD})`);
    const before = await this.current(sql);
    const epoch = Math.max(before ?? 0, begin.above) + 1;
    const cause = before === null && begin.above === 0 ? 'first' : begin.cause;
    await sql.query('INSERT INTO gate_epochs (epoch, run_id, cause) VALUES ($1, $2, $3)', [epoch, begin.runId, cause]);
    return { epoch, cause, isCompared: false };
  }

  /** The newest epoch with what is known of it; null before the first one. */
  async newest(sql: Sql): Promise<RecordedEpoch | null> {
    const [row] = await sql.query<{ epoch: number; cause: EpochCause; is_compared: boolean }>(
      'SELECT epoch, cause, compared_at IS NOT NULL AS is_compared FROM gate_epochs ORDER BY epoch DESC LIMIT 1',
    );
    return row === undefined ? null : { epoch: row.epoch, cause: row.cause, isCompared: row.is_compared };
  }

  async markCompared(sql: Sql, epoch: number): Promise<void> {
    await sql.query('UPDATE gate_epochs SET compared_at = now() WHERE epoch = $1', [epoch]);
  }
}
