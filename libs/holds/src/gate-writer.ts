import type { Sql } from '@apilink/postgres';

import type { GateChange } from './hold-store.js';

/**
 * How billing tells the gate what a commit of its ledger changed. One call per transaction with all of its changes: the
 * accounts are locked in id order, and two calls in one transaction could meet another transaction the other way round.
 */
export interface GateWriter {
  write(sql: Sql, changes: readonly GateChange[]): Promise<void>;
}
