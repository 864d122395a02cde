import type { AccountId } from '@apilink/contracts';
import type { GateChange, GateWriter } from '@apilink/holds';
import type { Database, Sql } from '@apilink/postgres';

import type { GateOutboxRepository } from './gate-outbox.repository.js';

/** How billing tells the gate, and how it knows that the gate was told. */
export interface GateTeller extends GateWriter {
  /**
   * Resolves true when the gate has been told all that was committed about the account before the call; false when it
   * still waits after 2 s. The commit stands in either case, and the gate follows it.
   */
  told(accountId: AccountId): Promise<boolean>;
  /** Whether something about the account waits to be told at this moment. */
  isBehind(accountId: AccountId): Promise<boolean>;
}

/** The embedded gate commits with the ledger: there is never anything left to tell. */
export class EmbeddedGateTeller implements GateTeller {
  constructor(private readonly writer: GateWriter) {}

  write(sql: Sql, changes: readonly GateChange[]): Promise<void> {
    return this.writer.write(sql, changes);
  }

  told(): Promise<boolean> {
    return Promise.resolve(true);
  }

  isBehind(): Promise<boolean> {
    return Promise.resolve(false);
  }
}

/** How long an answer waits for the gate: an edge has to know a revoked key within 2 s. */
const TOLD_WAIT_MS = 2_000;
const POLL_MS = 10;

export interface OutboxGateTellerParts {
  readonly database: Database;
  readonly outbox: GateOutboxRepository;
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
}

/** Puts changes into `gate_outbox`, in the transaction that makes them true; the gate writer applies them. */
export class OutboxGateTeller implements GateTeller {
  constructor(private readonly parts: OutboxGateTellerParts) {}

  write(sql: Sql, changes: readonly GateChange[]): Promise<void> {
    return this.parts.outbox.write(sql, changes);
  }

  async told(accountId: AccountId): Promise<boolean> {
    const { database, outbox, now, wait } = this.parts;
    const last = await outbox.lastOf(database, accountId);
    if (last === null) return true;
    const until = now() + TOLD_WAIT_MS;
    while (await outbox.isPending(database, accountId, last)) {
      if (now() >= until) return false;
      await wait(POLL_MS);
    }
    return true;
  }

  async isBehind(accountId: AccountId): Promise<boolean> {
    return (await this.parts.outbox.lastOf(this.parts.database, accountId)) !== null;
  }
}
