import type { AccountId } from '@apilink/contracts';
import type { GateAdministration } from '@apilink/holds';
import type { Database, Sql } from '@apilink/postgres';
import type { Logger, Metrics } from '@apilink/service';

import type { DifferenceRepository } from '../difference/difference.repository.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import { changeOfReading, type AccountSnapshotRepository } from './account-snapshot.repository.js';
import { driftOf, isAligned, standingDrift, type GateDrift } from './gate-drift.factory.js';
import type { GateTeller } from './gate-teller.service.js';

const PAGE = 500;

export interface GateRepairParts {
  readonly database: Database;
  readonly gate: Pick<GateAdministration, 'inspect' | 'listAccounts'>;
  readonly gateTeller: GateTeller;
  readonly snapshots: AccountSnapshotRepository;
  readonly ledger: LedgerRepository;
  readonly differences: DifferenceRepository;
  readonly metrics: Metrics;
  readonly logger: Pick<Logger, 'error'>;
}

/**
 * Compares the gate with the tables. Where a difference stands over two readings at the same version, the version is
 * raised in the ledger and told: the gate takes nothing that is not newer. Counters are never added to, only told anew.
 */
export class GateRepairService {
  readonly #repairs;

  constructor(private readonly parts: GateRepairParts) {
    this.#repairs = parts.metrics.counter({
      name: 'apilink_gate_repairs_total',
      help: 'Accounts of which the hourly comparison found the gate to differ from the ledger; each was told anew.',
    });
  }

  /** Returns how many accounts were told anew. */
  async repair(): Promise<number> {
    let repaired = 0;
    let after: AccountId | null = null;
    for (;;) {
      const page: readonly AccountId[] = await this.parts.gate.listAccounts(after, PAGE);
      for (const accountId of page) if (await this.#repairAccount(accountId)) repaired += 1;
      after = page.at(-1) ?? null;
      if (page.length < PAGE) return repaired;
    }
  }

  async #repairAccount(accountId: AccountId): Promise<boolean> {
    const first = await this.#drift(accountId);
    if (first === null || isAligned(first)) return false;
    // What is on its way to the gate is no difference; while it cannot be told, nothing can be said.
    if (!(await this.parts.gateTeller.told(accountId))) return false;
    const second = await this.#drift(accountId);
    if (second === null) return false;
    const standing = standingDrift(first, second);
    if (isAligned(standing)) return false;
    this.parts.logger.error(
      { accountId, drift: factsOf(standing) },
      'The gate differs from the ledger; it is told anew: apilink difference list --kind gate.',
    );
    await this.parts.database.transaction(async (sql) => {
      await this.#tellAnew(sql, accountId, standing);
      await this.parts.differences.insert(sql, [
        { kind: 'gate', accountId, generationId: null, ...saidOtherwise(standing) },
      ]);
    });
    this.#repairs.inc();
    return true;
  }

  async #drift(accountId: AccountId): Promise<GateDrift | null> {
    const view = await this.parts.gate.inspect(accountId);
    if (view === null) return null;
    const listed = view.holds.map(({ holdId }) => holdId);
    const reading = await this.parts.snapshots.readWith(accountId, 0, listed);
    return reading === null ? null : driftOf(reading, view);
  }

  async #tellAnew(sql: Sql, accountId: AccountId, { balance, periods, ended }: GateDrift): Promise<void> {
    const { ledger, snapshots, gateTeller } = this.parts;
    const locked = (await ledger.lockBalances(sql, [accountId])).get(accountId);
    if (locked === undefined) return;
    if (balance !== null) {
      const version = atLeast(locked.version, balance.found.version);
      await ledger.updateBalances(sql, [{ ...locked, version }]);
    }
    await ledger.raiseSpendVersions(
      sql,
      periods.map(({ told, found }) => ({ ...told, version: Math.max(told.version, found?.version ?? 0) })),
    );
    const snapshot = await snapshots.readWithin(sql, accountId, 0);
    if (snapshot !== null) await gateTeller.write(sql, [changeOfReading({ snapshot, ended })]);
  }
}

/** The gate may know a newer version than a ledger that came back from a copy. */
function atLeast(version: bigint, found: number): bigint {
  return BigInt(found) > version ? BigInt(found) : version;
}

/** Of each, at most so many characters are kept: enough to see what went wrong. */
const SAID_MAX = 2_000;

/** What the tables say and what the gate said. */
function saidOtherwise({ balance, periods, ended, staleLimits }: GateDrift): { expected: string; found: string } {
  const told = { balance: balance?.told, periods: periods.map((pair) => pair.told), ended, limits: staleLimits };
  const found = { balance: balance?.found, periods: periods.map((pair) => pair.found) };
  return { expected: saidOf(told), found: saidOf(found) };
}

function saidOf(value: unknown): string {
  const text = JSON.stringify(value, (_name, part: unknown) => (typeof part === 'bigint' ? part.toString() : part));
  return text.slice(0, SAID_MAX);
}

/** For the log: what differs, without amounts of a customer. */
function factsOf({ balance, periods, ended, staleLimits }: GateDrift) {
  return { balance: balance !== null, periods: periods.length, ended: ended.length, limits: staleLimits.length };
}
