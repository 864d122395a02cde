import type { Sql } from '@apilink/postgres';

import type { GateWriter } from './gate-writer.js';
import { encode } from './gate-wire.js';
import type { GateChange } from './hold-store.js';

/** Writes the embedded gate inside the ledger's own transaction: it never lags and commits or fails with it. */
export class PostgresGateWriter implements GateWriter {
  async write(sql: Sql, changes: readonly GateChange[]): Promise<void> {
    if (changes.length > 0) await sql.query('SELECT gate.apply($1::jsonb)', [encode(changes)]);
  }
}
