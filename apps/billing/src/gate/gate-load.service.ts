import type { AccountId } from '@apilink/contracts';
import { HoldStoreUnavailable, type AccountSnapshot, type GateAdministration } from '@apilink/holds';
import { ApiError } from '@apilink/service';

import { changeOfReading, type AccountSnapshotRepository } from './account-snapshot.repository.js';
import type { ConsumptionFence } from './consumption-fence.service.js';
import type { GateTeller } from './gate-teller.service.js';

/** A load waits so long for the consumer; the edge answers 503 after it. */
const LOAD_WAIT_MS = 2_000;
const POLL_MS = 20;
/** An epoch may begin while a load runs; twice in a row means that the gate is not to be loaded now. */
const EPOCHS_TRIED = 2;

export interface GateLoadParts {
  readonly gate: Pick<GateAdministration, 'load' | 'apply' | 'inspect'>;
  readonly gateTeller: GateTeller;
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
      await this.#readAgain(before);
      return;
    }
    throw new ApiError(
      'billing_unavailable',
      {},
      new Error('the epoch of the gate changed while an account was loaded'),
    );
  }

  /**
   * After a commit about an account: resolves when the gate has been told and lists it, or after 2 s, or when the gate is
   * away. The commit stands whatever the gate does, so this never asks anybody to try again.
   */
  async follow(accountId: AccountId): Promise<void> {
    try {
      await this.parts.gateTeller.told(accountId);
      if ((await this.parts.gate.inspect(accountId)) === null) await this.loadNow(accountId);
    } catch (error) {
      // The gate is told by its writer, or loads the account when an edge first asks for it.
      if (!isGateAway(error)) throw error;
    }
  }

  /**
   * What was committed between the two reads was told to a gate that did not list the account yet; holds that edges have
   * renewed there meanwhile may have ended here.
   */
  async #readAgain(before: AccountSnapshot): Promise<void> {
    const { gate, snapshots, now, holdExpiryMs } = this.parts;
    const { accountId } = before;
    const listed = (await gate.inspect(accountId))?.holds ?? [];
    const ids = new Set([...before.holds, ...listed].map(({ holdId }) => holdId));
    const after = await snapshots.readWith(accountId, now() + holdExpiryMs, [...ids]);
    if (after === null) throw new ApiError('not_found', { detail: 'this account' });
    await gate.apply([changeOfReading(after)]);
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
    const published = await inTime(fence.fetch([accountId]));
    while ((await inTime(fence.passed<AccountId>(published))).length === 0) {
      if (now() >= until) {
        throw new ApiError('billing_unavailable', {}, new Error(`the consumer is more than ${LOAD_WAIT_MS} ms behind`));
      }
      await wait(POLL_MS);
    }
  }
}

function isGateAway(error: unknown): boolean {
  return error instanceof HoldStoreUnavailable || (error instanceof ApiError && error.code === 'billing_unavailable');
}

/** The event log may be away, and then it answers late or never. */
async function inTime<Result>(asked: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | null = null;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the event log does not answer')), LOAD_WAIT_MS);
  });
  try {
    return await Promise.race([asked, deadline]);
  } catch (error) {
    throw new ApiError('billing_unavailable', {}, error);
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}
