import type { AccountId } from '@apilink/contracts';
import { HoldStoreUnavailable, type GateAdministration, type GateChange, type GateEpochs } from '@apilink/holds';
import type { Sql } from '@apilink/postgres';
import type { Failpoints, Logger } from '@apilink/service';

import { mergeChanges } from './gate-change-merge.factory.js';
import type { GateOutboxRepository } from './gate-outbox.repository.js';

/** Rows read, applied and deleted together. */
const BATCH = 500;
/** An account whose change the gate refuses is left alone so long, doubling, so that it holds up nobody else. */
const REFUSED_FIRST_MS = 500;
const REFUSED_MOST_MS = 60_000;

export interface GateDeliveryParts {
  readonly gate: Pick<GateAdministration, 'apply'>;
  readonly gateEpochs: Pick<GateEpochs, 'standing'> | null;
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
  readonly #refusals = new Map<AccountId, Refusal>();

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
      for (const { accountId } of changes) this.#refusals.delete(accountId);
      return new Set();
    } catch (error) {
      if (error instanceof HoldStoreUnavailable && !(await this.#isThere())) throw error;
      if (changes.length === 1) return this.#refuse(first.accountId, error);
      const half = Math.ceil(changes.length / 2);
      const refused = await this.#apply(changes.slice(0, half));
      return new Set([...refused, ...(await this.#apply(changes.slice(half)))]);
    }
  }

  /** A gate that answers, and stands in an epoch, has refused the change itself. */
  async #isThere(): Promise<boolean> {
    try {
      return (await this.parts.gateEpochs?.standing())?.epoch !== null;
    } catch {
      return false;
    }
  }

  #refuse(accountId: AccountId, error: unknown): ReadonlySet<AccountId> {
    const { now, logger } = this.parts;
    const pauseMs = Math.min((this.#refusals.get(accountId)?.pauseMs ?? REFUSED_FIRST_MS / 2) * 2, REFUSED_MOST_MS);
    this.#refusals.set(accountId, { pauseMs, until: now() + pauseMs });
    logger.error({ err: error, accountId, pauseMs }, 'The gate refuses a change of this account; it is tried again.');
    return new Set([accountId]);
  }

  #refused(): readonly AccountId[] {
    const now = this.parts.now();
    return [...this.#refusals].filter(([, { until }]) => until > now).map(([accountId]) => accountId);
  }
}

interface Refusal {
  readonly pauseMs: number;
  readonly until: number;
}
