import type { AccountId, GenerationId } from '@apilink/contracts';
import type { GateAdministration, GateWriter, RenewedHold } from '@apilink/holds';
import type { Database, Sql } from '@apilink/postgres';

import type { ConsumptionFence, Fence } from '../gate/consumption-fence.service.js';
import type { GateEpochRepository } from '../gate/gate-epoch.repository.js';
import type { GateLoadService } from '../gate/gate-load.service.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import { gateChangesOf } from '../settlement/gate-change.factory.js';
import { onExpiry } from './hold.domain.js';
import { listedHoldOf, type HoldRepository } from './hold.repository.js';

/** Holds marked by one call of the gate. */
const MARK_MAX = 1_000;
/** Open holds of the table compared by one statement. */
const PAGE = 500;
/** Holds ended by one transaction: their accounts are locked until it commits. */
const END_MAX = 500;
/** Holds that wait for their fence at most; more stay marked in the gate and are listed again. */
const WAITING_MAX = 20_000;

export interface ReaperParts {
  readonly database: Database;
  readonly holds: HoldRepository;
  readonly ledger: LedgerRepository;
  readonly gate: Pick<GateAdministration, 'markExpired' | 'restore' | 'inspect'>;
  readonly gateTeller: GateWriter;
  readonly epochs: GateEpochRepository;
  readonly loads: GateLoadService;
  readonly fence: ConsumptionFence;
  readonly holdExpiryMs: number;
  readonly now: () => number;
}

/**
 * Ends the holds of edges that gave no sign for HOLD_EXPIRY. The gate decides what has expired and marks it first, so
 * that no renewal revives it; then everything published before the mark has to be consumed, because the final may be
 * among it; only then the hold ends, at charge 0. What waits is in memory: the gate lists a marked hold again. A new epoch
 * of the gate starts all of it afresh; while the gate is away nothing ends.
 */
export class ReaperService {
  readonly #holds = new Map<GenerationId, RenewedHold>();
  readonly #fences = new Map<GenerationId, Fence>();
  /** In which the holds above were marked: another one knows nothing of these marks. */
  #epoch: number | null = null;

  constructor(private readonly parts: ReaperParts) {}

  /** Marks, and ends what was marked before and whose fence is passed. Returns how many holds this call expired. */
  async reap(): Promise<number> {
    await this.#enterEpoch();
    await this.#await(await this.parts.gate.markExpired(MARK_MAX));
    return this.#endPassed();
  }

  /** Finds holds that are open in the table and that the gate does not list: restored there, or expired like any other. */
  async reapUnlisted(): Promise<void> {
    await this.#enterEpoch();
    const before = this.parts.now() - this.parts.holdExpiryMs;
    let page = await this.parts.holds.listOpenBefore(this.parts.database, before, null, PAGE);
    while (page.length > 0) {
      for (const [accountId, holds] of byAccount(page)) await this.#await(await this.#unlisted(accountId, holds));
      const last = page.at(-1) ?? null;
      page = await this.parts.holds.listOpenBefore(this.parts.database, before, last, PAGE);
    }
  }

  async #enterEpoch(): Promise<void> {
    const epoch = await this.parts.epochs.current(this.parts.database);
    if (epoch !== this.#epoch) this.#forget();
    this.#epoch = epoch;
  }

  #forget(): void {
    this.#holds.clear();
    this.#fences.clear();
  }

  async #unlisted(accountId: AccountId, holds: readonly RenewedHold[]): Promise<readonly RenewedHold[]> {
    const { gate, loads, holdExpiryMs, now } = this.parts;
    const view = await gate.inspect(accountId);
    if (view === null) {
      // The load lists the account's open holds.
      await loads.load(accountId);
      return [];
    }
    const listed = new Set(view.holds.map(({ holdId }) => holdId));
    const ended: RenewedHold[] = [];
    for (const hold of holds) {
      if (listed.has(hold.holdId)) continue;
      if ((await gate.restore(listedHoldOf(hold, now() + holdExpiryMs))) === 'gone') ended.push(hold);
    }
    return ended;
  }

  /** The fence is fetched after the mark: what was published later than that comes from a renewed hold no more. */
  async #await(marked: readonly RenewedHold[]): Promise<void> {
    const fresh = marked.filter(({ holdId }) => !this.#fences.has(holdId));
    if (fresh.length === 0) return;
    const fences = await this.parts.fence.fetch(new Set(fresh.map(({ accountId }) => accountId)));
    for (const hold of fresh) {
      const fence = fences.get(hold.accountId);
      if (fence === undefined || this.#fences.size >= WAITING_MAX) continue;
      this.#holds.set(hold.holdId, hold);
      this.#fences.set(hold.holdId, fence);
    }
  }

  async #endPassed(): Promise<number> {
    const passed = await this.parts.fence.passed(this.#fences);
    let expired = 0;
    for (let from = 0; from < passed.length; from += END_MAX) {
      const ending = passed.slice(from, from + END_MAX);
      const due = ending.flatMap((holdId) => this.#holds.get(holdId) ?? []);
      const ended = await this.parts.database.transaction((sql) => this.#end(sql, due));
      if (ended === null) {
        this.#forget();
        return expired;
      }
      expired += ended;
      for (const holdId of ending) {
        this.#holds.delete(holdId);
        this.#fences.delete(holdId);
      }
    }
    return expired;
  }

  /** Null when a new epoch has begun: the marks are gone, and edges may have renewed these holds in it. */
  async #end(sql: Sql, due: readonly RenewedHold[]): Promise<number | null> {
    const { ledger, holds, gateTeller, epochs, now } = this.parts;
    if ((await epochs.guard(sql)) !== this.#epoch) return null;
    const accounts = await ledger.lockBalances(
      sql,
      due.map(({ accountId }) => accountId),
    );
    const known = await holds.find(
      sql,
      due.map(({ holdId }) => holdId),
    );
    const expiring = due.filter(
      ({ accountId, holdId }) => accounts.has(accountId) && onExpiry(known.get(holdId)?.state ?? null) === 'expire',
    );
    const expired = await holds.expire(sql, expiring, now());
    const closed = new Map([...byAccount(due)].map(([accountId, list]) => [accountId, list.map((one) => one.holdId)]));
    await gateTeller.write(sql, gateChangesOf({ balances: [], periods: new Map(), closed }));
    return expired.length;
  }
}

function byAccount(holds: readonly RenewedHold[]): ReadonlyMap<AccountId, readonly RenewedHold[]> {
  const groups = new Map<AccountId, RenewedHold[]>();
  for (const hold of holds) {
    const group = groups.get(hold.accountId) ?? [];
    group.push(hold);
    groups.set(hold.accountId, group);
  }
  return groups;
}
