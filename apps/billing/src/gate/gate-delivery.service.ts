import type { AccountId } from '@apilink/contracts';
import { HoldStoreUnavailable, type GateAdministration, type GateChange } from '@apilink/holds';
import type { Sql } from '@apilink/postgres';
import type { Failpoints, Logger } from '@apilink/service';

import { mergeChanges } from './gate-change-merge.factory.js';
import type { GateOutboxRepository } from './gate-outbox.repository.js';

/** Rows read, applied and deleted together. */
const BATCH = 500;
/** How long an account whose change the gate refuses is left alone, so that it holds up nobody else. */
const REFUSED_WAIT_MS = 30_000;

export interface GateDeliveryParts {
  readonly gate: Pick<GateAdministration, 'apply'>;
  readonly outbox: GateOutboxRepository;
  readonly failpoints: Failpoints;
  readonly logger: Pick<Logger, 'error'>;
  readonly now: () => number;
}

/**
 * The gate writer: tells the gate what stands in `gate_outbox`, oldest first, and deletes it afterwards. Every change is
 * absolute and has a version: a crash in between tells it again, which changes nothing.
 */
export class GateDeliveryService {
  readonly #refusedUntil = new Map<AccountId, number>();

  constructor(private readonly parts: GateDeliveryParts) {}

  /**
   * One batch, on the session whose lock makes this instance the writer. Resolves true when more waits; rejects when
   * gate or database are away.
   */
  async deliver(session: Sql): Promise<boolean> {
    const { outbox, failpoints } = this.parts;
    const entries = await outbox.read(session, BATCH, this.#refused());
    if (entries.length === 0) return false;
    failpoints.reach('gate-writer.read');
    const refused = await this.#apply(mergeChanges(entries.map(({ change }) => change)));
    failpoints.reach('gate-writer.applied');
    await outbox.delete(
      session,
      entries.filter(({ accountId }) => !refused.has(accountId)),
    );
    return entries.length === BATCH;
  }

  /** Returns the accounts whose change the gate refuses: one damaged account must not stop all others. */
  async #apply(changes: readonly GateChange[]): Promise<ReadonlySet<AccountId>> {
    const [first] = changes;
    if (first === undefined) return new Set();
    try {
      await this.parts.gate.apply(changes);
      return new Set();
    } catch (error) {
      if (error instanceof HoldStoreUnavailable) throw error;
      if (changes.length === 1) return this.#refuse(first.accountId, error);
      const half = Math.ceil(changes.length / 2);
      const refused = await this.#apply(changes.slice(0, half));
      return new Set([...refused, ...(await this.#apply(changes.slice(half)))]);
    }
  }

  #refuse(accountId: AccountId, error: unknown): ReadonlySet<AccountId> {
    this.#refusedUntil.set(accountId, this.parts.now() + REFUSED_WAIT_MS);
    this.parts.logger.error({ err: error, accountId }, 'The gate refuses a change of this account; it is tried again.');
    return new Set([accountId]);
  }

  #refused(): readonly AccountId[] {
    for (const [accountId, until] of this.#refusedUntil) {
      if (until <= this.parts.now()) this.#refusedUntil.delete(accountId);
    }
    return [...this.#refusedUntil.keys()];
  }
}
