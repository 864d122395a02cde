import type { AccountId } from '@apilink/contracts';
import type { AccountSnapshot, GateAdministration, GateChange } from '@apilink/holds';
import { ApiError } from '@apilink/service';

import type { AccountSnapshotRepository } from './account-snapshot.repository.js';
import type { ConsumptionFence } from './consumption-fence.service.js';

/** A load waits so long for the consumer; the edge answers 503 after it. */
const LOAD_WAIT_MS = 2_000;
const POLL_MS = 20;
/** An epoch may begin while a load runs; twice in a row means that the gate is not to be loaded now. */
const EPOCHS_TRIED = 2;

export interface GateLoadParts {
  readonly gate: Pick<GateAdministration, 'load' | 'apply' | 'inspect'>;
  readonly snapshots: AccountSnapshotRepository;
  readonly fence: ConsumptionFence;
  readonly holdExpiryMs: number;
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
}

/** Tells the gate of an account that it lacks. Loading an account that is there changes nothing. */
export class GateLoadService {
  readonly #running = new Map<AccountId, Promise<void>>();

  constructor(private readonly parts: GateLoadParts) {}

  /**
   * Loads an account, one load per account at a time. Rejects with ApiError `not_found` for an unknown account,
   * `billing_unavailable` when the consumer does not pass within 2 s what was published before.
   */
  load(accountId: AccountId): Promise<void> {
    const running = this.#running.get(accountId);
    if (running !== undefined) return running;
    const load = this.#load(accountId).finally(() => this.#running.delete(accountId));
    this.#running.set(accountId, load);
    return load;
  }

  /** Loads without waiting for the consumer: for accounts of which no edge can have published anything yet. */
  async loadNow(accountId: AccountId): Promise<void> {
    for (let tried = 0; tried < EPOCHS_TRIED; tried++) {
      const before = await this.#read(accountId);
      if ((await this.parts.gate.load(before)) === 'other_epoch') continue;
      // What was committed between the two reads was written to a gate that did not list the account yet.
      await this.parts.gate.apply([changeBetween(before, await this.#read(accountId))]);
      return;
    }
    throw new ApiError(
      'billing_unavailable',
      {},
      new Error('the epoch of the gate changed while an account was loaded'),
    );
  }

  /** Loads an account if the gate does not list it. */
  async ensure(accountId: AccountId): Promise<void> {
    if ((await this.parts.gate.inspect(accountId)) === null) await this.loadNow(accountId);
  }

  async #read(accountId: AccountId): Promise<AccountSnapshot> {
    const snapshot = await this.parts.snapshots.read(accountId, this.parts.now() + this.parts.holdExpiryMs);
    if (snapshot === null) throw new ApiError('not_found', { detail: 'this account' });
    return snapshot;
  }

  /** An account that is listed needs no waiting: what a load adds to it is ordered by versions. */
  async #load(accountId: AccountId): Promise<void> {
    if ((await this.parts.gate.inspect(accountId)) === null) await this.#waitForConsumer(accountId);
    await this.loadNow(accountId);
  }

  async #waitForConsumer(accountId: AccountId): Promise<void> {
    const { fence, now, wait } = this.parts;
    const until = now() + LOAD_WAIT_MS;
    const published = await fence.fetch([accountId]);
    while ((await fence.passed(published)).length === 0) {
      if (now() >= until) {
        throw new ApiError('billing_unavailable', {}, new Error(`the consumer is more than ${LOAD_WAIT_MS} ms behind`));
      }
      await wait(POLL_MS);
    }
  }
}

/** The second read, and the holds of the first that have ended since. */
function changeBetween(before: AccountSnapshot, after: AccountSnapshot): GateChange {
  const open = new Set(after.holds.map(({ holdId }) => holdId));
  return {
    accountId: after.accountId,
    balance: after.balance,
    account: after.account,
    workspaces: after.workspaces,
    keys: after.keys,
    periods: after.periods,
    closed: before.holds.map(({ holdId }) => holdId).filter((holdId) => !open.has(holdId)),
  };
}
