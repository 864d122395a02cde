import type { Sql } from '@apilink/postgres';

/** The epoch that a gate begins with; the embedded one keeps it for ever. */
export const FIRST_EPOCH = 1;

/** The epochs of a gate that can be lost. The embedded gate is in the ledger's database and has none in this table. */
export class GateEpochRepository {
  /** Null where the gate cannot be lost: every hold it confirmed is of the present. */
  async current(sql: Sql): Promise<number | null> {
    const [row] = await sql.query<{ epoch: number | null }>('SELECT max(epoch) AS epoch FROM gate_epochs');
    return row?.epoch ?? null;
  }
}
