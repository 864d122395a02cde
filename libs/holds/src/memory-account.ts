import type { AccountId, GenerationId, HoldPeriods, KeyId, WorkspaceId } from '@apilink/contracts';

import type {
  CapFigures,
  CapsFigures,
  GateAccount,
  GateAccountView,
  GateBalance,
  GateChange,
  GateFigures,
  GateKey,
  GateWorkspace,
  KeyLimits,
  ListedHold,
  PeriodSpend,
} from './hold-store.js';
import { noCaps } from './no-caps.js';
import { bucketFigures, refilled, type Bucket } from './token-bucket.js';

export interface MemoryHold extends ListedHold {
  readonly grantedNanoUsd: bigint;
  readonly markedAt: number | null;
  readonly tokens: number;
  /** The last reservation of tokens. */
  readonly tokensAt: number;
  readonly epoch: number;
}

/** What a key used of its rates; amounts held are always summed over the holds. */
interface Meter {
  readonly requests: Bucket;
  readonly tokens: Bucket;
  readonly refilledAt: number | null;
}

const UNUSED: Meter = {
  requests: { limit: null, level: null },
  tokens: { limit: null, level: null },
  refilledAt: null,
};

interface StandingOf {
  readonly keyId: KeyId;
  readonly workspaceId: WorkspaceId | null;
  readonly periods: HoldPeriods;
}

/** A key, its workspace and its periods as a decision sees them. Levels are those of now; the caller changes them. */
export interface Standing {
  readonly key: GateKey;
  readonly workspace: GateWorkspace;
  readonly periods: HoldPeriods;
  readonly concurrency: number | null;
  requests: Bucket;
  tokens: Bucket;
}

/** One account of the gate in memory. It counts no held sums: each figure is computed from the list of holds. */
export class MemoryAccount {
  readonly workspaces = new Map<string, GateWorkspace>();
  readonly keys = new Map<string, GateKey>();
  readonly holds = new Map<GenerationId, MemoryHold>();
  private readonly periods = new Map<string, PeriodSpend>();
  private readonly meters = new Map<string, Meter>();

  constructor(
    readonly accountId: AccountId,
    public account: GateAccount,
    public balance: GateBalance,
  ) {}

  apply(change: GateChange): void {
    if (change.balance !== undefined && change.balance.version > this.balance.version) this.balance = change.balance;
    if (change.account !== undefined && change.account.version > this.account.version) this.account = change.account;
    for (const workspace of change.workspaces ?? []) putNewer(this.workspaces, workspace.workspaceId, workspace);
    for (const key of change.keys ?? []) putNewer(this.keys, key.keyId, key);
    for (const period of change.periods ?? []) {
      putNewer(this.periods, `${period.scope} ${period.scopeId} ${period.period}`, period);
    }
  }

  /** `workspaceId: null` is the key's own. Null when the gate lacks the key or the workspace. */
  standing(of: StandingOf, nowMs: number, defaults?: KeyLimits): Standing | null {
    const key = this.keys.get(of.keyId);
    const workspace = this.workspaces.get(of.workspaceId ?? key?.workspaceId ?? '');
    if (key === undefined || workspace === undefined) return null;
    const meter = this.meters.get(key.keyId) ?? UNUSED;
    const elapsedMs = nowMs - (meter.refilledAt ?? nowMs);
    const requestsLimit = key.requestsPerMinute ?? defaults?.requestsPerMinute ?? meter.requests.limit;
    const tokensLimit = key.tokensPerMinute ?? defaults?.tokensPerMinute ?? meter.tokens.limit;
    return {
      key,
      workspace,
      periods: of.periods,
      concurrency: key.concurrency ?? defaults?.concurrency ?? null,
      requests: refilled(meter.requests.level, requestsLimit, elapsedMs),
      tokens: refilled(meter.tokens.level, tokensLimit, elapsedMs),
    };
  }

  /** Keeps the levels that a decision left. */
  keepLevels({ key, requests, tokens }: Standing, nowMs: number): void {
    const refilledAt = Math.max(this.meters.get(key.keyId)?.refilledAt ?? nowMs, nowMs);
    this.meters.set(key.keyId, { requests, tokens, refilledAt });
  }

  get heldNanoUsd(): bigint {
    return this.sum(() => true);
  }

  get availableNanoUsd(): bigint {
    return this.balance.postedNanoUsd - this.heldNanoUsd;
  }

  heldOfKey(keyId: KeyId): bigint {
    return this.sum((hold) => hold.keyId === keyId);
  }

  /** Holds that take a concurrency slot, of one key or of all. */
  running(keyId?: KeyId): number {
    let count = 0;
    for (const hold of this.holds.values()) {
      if (!hold.final && hold.markedAt === null && (keyId === undefined || hold.keyId === keyId)) count++;
    }
    return count;
  }

  /** What each cap leaves, open holds counted; null = no such cap. */
  capsLeft({ key, workspace, periods }: Standing) {
    const left = (cap: bigint | null, scopeId: KeyId | WorkspaceId, period: 'day' | 'week' | 'month') => {
      if (cap === null) return null;
      const field = scopeId === key.keyId ? 'keyId' : 'workspaceId';
      const held = this.sum((hold) => hold[field] === scopeId && hold.periods[period] === periods[period]);
      return cap - this.spent(scopeId, periods[period]) - held;
    };
    return {
      daily: left(key.dailyCapNanoUsd, key.keyId, 'day'),
      weekly: left(key.weeklyCapNanoUsd, key.keyId, 'week'),
      monthly: left(key.monthlyCapNanoUsd, key.keyId, 'month'),
      budget: left(workspace.monthlyBudgetNanoUsd, workspace.workspaceId, 'month'),
    };
  }

  /** What a hold may still grow by. */
  room(standing: Standing): bigint {
    const { daily, weekly, monthly, budget } = this.capsLeft(standing);
    return least([this.availableNanoUsd, daily, weekly, monthly, budget]) ?? 0n;
  }

  spent(scopeId: string, period: string): bigint {
    for (const scope of ['key', 'workspace']) {
      const spend = this.periods.get(`${scope} ${scopeId} ${period}`);
      if (spend !== undefined) return spend.spentNanoUsd;
    }
    return 0n;
  }

  figures(standing: Standing | null): GateFigures {
    const caps = standing === null ? null : this.capsLeft(standing);
    return {
      postedNanoUsd: this.balance.postedNanoUsd,
      heldNanoUsd: this.heldNanoUsd,
      creditedNanoUsd: this.balance.creditedNanoUsd,
      spentNanoUsd: this.balance.spentNanoUsd,
      keyCapRemainingNanoUsd: caps === null ? null : least([caps.daily, caps.weekly, caps.monthly]),
      caps: standing === null || caps === null ? noCaps : capsFigures(standing, caps),
      requests: bucketFigures(standing?.requests ?? UNUSED.requests),
      tokens: bucketFigures(standing?.tokens ?? UNUSED.tokens),
      concurrencyRemaining: standing === null ? null : this.slotsLeft(standing),
    };
  }

  view(): GateAccountView {
    return {
      balance: this.balance,
      account: this.account,
      workspaces: inOrder([...this.workspaces.values()], (workspace) => workspace.workspaceId),
      keys: inOrder([...this.keys.values()], (key) => key.keyId),
      periods: inOrder([...this.periods.values()], (spend) => `${spend.scope} ${spend.scopeId} ${spend.period}`),
      heldNanoUsd: this.heldNanoUsd,
      running: this.running(),
      holds: inOrder([...this.holds.values()], (hold) => hold.holdId).map(listed),
      heldByPeriod: this.heldByPeriod(),
    };
  }

  private slotsLeft({ key, concurrency }: Standing): number | null {
    const ofAccount = this.account.concurrency;
    const left = Math.min(
      concurrency === null ? Number.POSITIVE_INFINITY : concurrency - this.running(key.keyId),
      ofAccount === null ? Number.POSITIVE_INFINITY : ofAccount - this.running(),
    );
    return Number.isFinite(left) ? Math.max(left, 0) : null;
  }

  private heldByPeriod(): GateAccountView['heldByPeriod'] {
    const held = new Map<string, GateAccountView['heldByPeriod'][number]>();
    for (const { keyId, workspaceId, periods, amountNanoUsd } of this.holds.values()) {
      const counters = [
        { scope: 'key', scopeId: keyId, period: 'total' },
        { scope: 'key', scopeId: keyId, period: periods.day },
        { scope: 'key', scopeId: keyId, period: periods.week },
        { scope: 'key', scopeId: keyId, period: periods.month },
        { scope: 'workspace', scopeId: workspaceId, period: periods.month },
      ] as const;
      for (const counter of counters) {
        const name = `${counter.scope} ${counter.scopeId} ${counter.period}`;
        held.set(name, { ...counter, heldNanoUsd: (held.get(name)?.heldNanoUsd ?? 0n) + amountNanoUsd });
      }
    }
    const positive = [...held.values()].filter(({ heldNanoUsd }) => heldNanoUsd > 0n);
    return inOrder(positive, (counter) => `${counter.scope} ${counter.scopeId} ${counter.period}`);
  }

  private sum(counts: (hold: MemoryHold) => boolean): bigint {
    let total = 0n;
    for (const hold of this.holds.values()) if (counts(hold)) total += hold.amountNanoUsd;
    return total;
  }
}

/** A hold as the port lists it. */
export function listed(hold: MemoryHold): ListedHold {
  const { accountId, workspaceId, keyId, holdId, amountNanoUsd, periods, openedAt, expiresAt, final } = hold;
  return { accountId, workspaceId, keyId, holdId, amountNanoUsd, periods, openedAt, expiresAt, final };
}

export function least(amounts: readonly (bigint | null)[]): bigint | null {
  let lowest: bigint | null = null;
  for (const amount of amounts) if (amount !== null && (lowest === null || amount < lowest)) lowest = amount;
  return lowest;
}

function capsFigures(
  { key, workspace }: Standing,
  left: Readonly<Record<'daily' | 'weekly' | 'monthly' | 'budget', bigint | null>>,
): CapsFigures {
  return {
    daily: capFigures(key.dailyCapNanoUsd, left.daily),
    weekly: capFigures(key.weeklyCapNanoUsd, left.weekly),
    monthly: capFigures(key.monthlyCapNanoUsd, left.monthly),
    workspace: capFigures(workspace.monthlyBudgetNanoUsd, left.budget),
  };
}

function capFigures(limitNanoUsd: bigint | null, remainingNanoUsd: bigint | null): CapFigures | null {
  return limitNanoUsd === null || remainingNanoUsd === null ? null : { limitNanoUsd, remainingNanoUsd };
}

function putNewer<Part extends { readonly version: number }>(parts: Map<string, Part>, id: string, part: Part): void {
  const known = parts.get(id);
  if (known === undefined || part.version > known.version) parts.set(id, part);
}

function inOrder<Item>(items: readonly Item[], id: (item: Item) => string): Item[] {
  return items.toSorted((one, other) => (id(one) < id(other) ? -1 : 1));
}
