import type { AccountId } from '@apilink/contracts';
import type { AccountSnapshot, GateAccountView, GateAdministration, PeriodSpend } from '@apilink/holds';

import type { AccountReading, AccountSnapshotRepository } from '../gate/account-snapshot.repository.js';
import type { GateTeller } from '../gate/gate-teller.service.js';
import { persisting, type AuditDifference } from './audit.domain.js';

const PAGE = 500;
/** Accounts compared at a time: each waits for the gate, then for the tables. */
const AT_ONCE = 4;
/** Pairs of reads until a difference counts as standing: on a running system the first ones may see movement. */
const READS_MAX = 4;
/** A hold older than this many lives, unknown to the gate and open in the table, was forgotten by the reaper. */
const LIVES_MAX = 3;

export interface GateComparisonParts {
  readonly gate: Pick<GateAdministration, 'inspect' | 'listAccounts'>;
  readonly gateTeller: GateTeller;
  readonly snapshots: AccountSnapshotRepository;
  readonly holdExpiryMs: number;
  readonly now: () => number;
}

/** Compares what the gate says with the tables, account by account, on a running system. */
export class GateComparisonService {
  constructor(private readonly parts: GateComparisonParts) {}

  async run(progress: (checked: number) => void): Promise<readonly AuditDifference[]> {
    const differences: AuditDifference[] = [];
    let checked = 0;
    let after: AccountId | null = null;
    for (;;) {
      const page: readonly AccountId[] = await this.parts.gate.listAccounts(after, PAGE);
      for (let start = 0; start < page.length; start += AT_ONCE) {
        const some = page.slice(start, start + AT_ONCE);
        const found = await Promise.all(some.map((accountId) => this.#settledDifferences(accountId)));
        differences.push(...found.flat());
        checked += some.length;
        progress(checked);
      }
      after = page.at(-1) ?? null;
      if (page.length < PAGE) return differences;
    }
  }

  async #settledDifferences(accountId: AccountId): Promise<readonly AuditDifference[]> {
    let standing = await this.#differences(accountId);
    for (let reads = 1; reads < READS_MAX && standing.length > 0; reads++) {
      // What is on its way to the gate is no difference.
      await this.parts.gateTeller.told(accountId);
      standing = persisting(standing, await this.#differences(accountId));
    }
    return standing;
  }

  async #differences(accountId: AccountId): Promise<readonly AuditDifference[]> {
    const { gate, snapshots, now, holdExpiryMs } = this.parts;
    const view = await gate.inspect(accountId);
    if (view === null) return [];
    const listed = view.holds.map(({ holdId }) => holdId);
    const reading = await snapshots.readWith(accountId, 0, listed);
    if (reading === null) {
      return [
        {
          invariant: '6 the gate knows no other accounts',
          row: `gate/${accountId}`,
          expected: 'none',
          found: 'listed',
        },
      ];
    }
    return compareGate({ ...reading, view, forgottenBefore: now() - LIVES_MAX * holdExpiryMs });
  }
}

export interface GateReading extends AccountReading {
  readonly view: GateAccountView;
  /** Ms since the epoch: an open hold from before it has to be listed in the gate. */
  readonly forgottenBefore: number;
}

/** What the tables and the gate say differently of one account. */
export function compareGate(reading: GateReading): readonly AuditDifference[] {
  const { snapshot, view } = reading;
  return [
    ...balanceDifferences(snapshot, view),
    ...limitDifferences(snapshot, view),
    ...spendDifferences(snapshot, view),
    ...heldDifferences(snapshot, view),
    ...holdDifferences(reading),
  ];
}

function balanceDifferences(snapshot: AccountSnapshot, view: GateAccountView): readonly AuditDifference[] {
  const row = `gate/${snapshot.accountId}/balance`;
  const differences = unequal('6 the gate has the balance of the ledger', row, snapshot.balance, view.balance);
  const { heldNanoUsd, balance, account } = view;
  // What a bank takes back may leave less than running requests hold, or less than nothing; a suspended account admits
  // no more of them, and one that is active again admits none before the gap is closed.
  if (heldNanoUsd === 0n || heldNanoUsd <= balance.postedNanoUsd || account.status === 'suspended') return differences;
  const expected = `at most ${view.balance.postedNanoUsd}`;
  const held = { invariant: '6 held is within posted', row, expected, found: view.heldNanoUsd.toString() };
  return [...differences, held];
}

function limitDifferences(snapshot: AccountSnapshot, view: GateAccountView): readonly AuditDifference[] {
  const invariant = '6 the gate has the limits of the tables';
  const base = `gate/${snapshot.accountId}`;
  const workspaces = new Map(view.workspaces.map((workspace) => [workspace.workspaceId, workspace]));
  const keys = new Map(view.keys.map((key) => [key.keyId, key]));
  return [
    ...unequal(invariant, `${base}/account`, snapshot.account, view.account),
    ...snapshot.workspaces.flatMap((workspace) =>
      unequal(
        invariant,
        `${base}/workspace/${workspace.workspaceId}`,
        workspace,
        workspaces.get(workspace.workspaceId),
      ),
    ),
    ...snapshot.keys.flatMap((key) => unequal(invariant, `${base}/key/${key.keyId}`, key, keys.get(key.keyId))),
  ];
}

/** Counters that the gate was told of; one that it was not told of is 0 there, as it is in the tables. */
function spendDifferences(snapshot: AccountSnapshot, view: GateAccountView): readonly AuditDifference[] {
  const told = new Map(view.periods.map((spend) => [spendId(spend), spend.spentNanoUsd]));
  return snapshot.periods.flatMap((spend) =>
    unequal(
      '6 the gate has the spend of the tables',
      `gate/${snapshot.accountId}/spend/${spendId(spend)}`,
      spend.spentNanoUsd,
      told.get(spendId(spend)) ?? 0n,
    ),
  );
}

function heldDifferences(snapshot: AccountSnapshot, view: GateAccountView): readonly AuditDifference[] {
  const invariant = '6 held is the sum of the listed holds';
  const base = `gate/${snapshot.accountId}/held`;
  const sums = new Map<string, bigint>();
  const required = new Set<string>();
  for (const { keyId, workspaceId, periods, amountNanoUsd } of view.holds) {
    const kept = [`key/${keyId}/total`, `workspace/${workspaceId}/${periods.month}`];
    const ofKey = Object.values(periods).map((period) => `key/${keyId}/${period}`);
    for (const id of kept) required.add(id);
    for (const id of [...kept, ...ofKey]) sums.set(id, (sums.get(id) ?? 0n) + amountNanoUsd);
  }
  const counters = new Map(
    view.heldByPeriod.map(({ scope, scopeId, period, heldNanoUsd }) => [`${scope}/${scopeId}/${period}`, heldNanoUsd]),
  );
  const inAll = view.holds.reduce((held, hold) => held + hold.amountNanoUsd, 0n);
  return [
    ...unequal(invariant, base, inAll, view.heldNanoUsd),
    ...[...new Set([...required, ...counters.keys()])].flatMap((id) =>
      unequal(invariant, `${base}/${id}`, sums.get(id) ?? 0n, counters.get(id) ?? 0n),
    ),
  ];
}

function holdDifferences({ snapshot, view, ended, forgottenBefore }: GateReading): readonly AuditDifference[] {
  const listed = new Set(view.holds.map(({ holdId }) => holdId));
  const forgotten = snapshot.holds.filter(({ holdId, openedAt }) => openedAt < forgottenBefore && !listed.has(holdId));
  return [
    ...forgotten.map(({ holdId }) => ({
      invariant: '4 every hold ends',
      row: `holds/${holdId}`,
      expected: 'listed in the gate, or ended by the reaper',
      found: 'open in the table alone',
    })),
    ...ended.map((holdId) => ({
      invariant: '6 a hold that has ended holds nothing',
      row: `holds/${holdId}`,
      expected: 'closed in the gate',
      found: 'listed there',
    })),
  ];
}

function spendId({ scope, scopeId, period }: PeriodSpend): string {
  return `${scope}/${scopeId}/${period}`;
}

function unequal(invariant: string, row: string, expected: unknown, found: unknown): readonly AuditDifference[] {
  const [left, right] = [textOf(expected), textOf(found)];
  return left === right ? [] : [{ invariant, row, expected: left, found: right }];
}

function textOf(value: unknown): string {
  return (
    JSON.stringify(sorted(value), (_key, part: unknown) => (typeof part === 'bigint' ? part.toString() : part)) ??
    'none'
  );
}

/** The order of an object's keys says nothing. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}
