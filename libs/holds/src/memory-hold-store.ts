import type { AccountId, GenerationId, KeyId } from '@apilink/contracts';

import { admissionRefusal, blockedBy } from './memory-refusal.js';
import { checkAdmit, checkRenew, checkReserve, checkResize } from './gate-requests.js';
import type {
  AccountSnapshot,
  AdmitReply,
  AdmitRequest,
  GateAccountView,
  GateAdministration,
  GateChange,
  GateKeyIdentity,
  HoldStore,
  KeyLimits,
  ListedHold,
  LoadReply,
  PeriodCandidates,
  ReadReply,
  RenewedHold,
  RenewReply,
  RenewRequest,
  ReserveReply,
  ReserveRequest,
  ResizeReply,
  ResizeRequest,
} from './hold-store.js';
import { listed, MemoryAccount, type MemoryHold, type Standing } from './memory-account.js';
import { higher, lower, resizedAmount, tokensAfter } from './memory-resize.js';
import { pickPeriods } from './period-candidates.js';
import { taken } from './token-bucket.js';

const TOMBSTONE_MS = 10 * 60_000;

export interface MemoryHoldStoreOptions {
  /** The store's clock, ms since the epoch. */
  readonly now: () => number;
}

/**
 * The embedded gate in plain TypeScript: the model that the Postgres gate is compared with, and the gate of unit tests.
 * Nothing is stored twice: what is held is summed over the list of holds each time.
 */
export class MemoryHoldStore implements HoldStore, GateAdministration {
  private readonly accounts = new Map<AccountId, MemoryAccount>();
  /** `account hold` → the instant it is forgotten. */
  private readonly tombstones = new Map<string, number>();
  private readonly epoch = 1;

  constructor(private readonly options: MemoryHoldStoreOptions) {}

  async admit(request: AdmitRequest): Promise<AdmitReply> {
    checkAdmit(request);
    const nowMs = this.options.now();
    const account = this.accounts.get(request.accountId);
    if (this.isEnded(request.accountId, request.holdId, nowMs)) return { outcome: 'gone' };
    const known = account?.holds.get(request.holdId);
    if (account !== undefined && known !== undefined) {
      const standing = account.standing(known, nowMs, request.defaults);
      if (known.markedAt !== null) return { outcome: 'gone' };
      return standing === null ? { outcome: 'not_loaded' } : this.granted(account, known, standing);
    }
    const periods = pickPeriods(request.periods, nowMs);
    const standing = account?.standing({ keyId: request.keyId, workspaceId: null, periods }, nowMs, request.defaults);
    if (account === undefined || standing === undefined || standing === null) return { outcome: 'not_loaded' };
    const refusal = admissionRefusal(account, standing, request, nowMs);
    if (refusal !== null) return { outcome: 'refused', refusal, left: account.figures(standing) };
    const amountNanoUsd = lower(request.amountNanoUsd, account.room(standing));
    standing.requests = taken(standing.requests, 1);
    standing.tokens = taken(standing.tokens, request.tokens);
    const { holdId, tokens, expiryMs } = request;
    const expiresAt = nowMs + expiryMs;
    const hold = this.put(account, standing, {
      holdId,
      amountNanoUsd,
      openedAt: nowMs,
      expiresAt,
      final: false,
      tokens,
    });
    return this.granted(account, hold, standing);
  }

  async resize(request: ResizeRequest): Promise<ResizeReply> {
    checkResize(request);
    const nowMs = this.options.now();
    const account = this.accounts.get(request.accountId);
    const hold = account?.holds.get(request.holdId);
    const releases = request.final && request.targetNanoUsd === 0n;
    if (releases && hold === undefined) this.end(request.accountId, request.holdId, nowMs);
    if (account === undefined) return { outcome: 'not_loaded' };
    if (hold === undefined) return releases ? this.resized(account, null, 0n) : { outcome: 'gone' };
    const standing = account.standing(hold, nowMs);
    if (standing === null) return { outcome: 'not_loaded' };
    let amountNanoUsd = hold.amountNanoUsd;
    if (!hold.final) {
      amountNanoUsd = resizedAmount(hold, request, account.room(standing));
      const tokens = tokensAfter(hold, request, nowMs);
      standing.tokens = taken(standing.tokens, tokens - hold.tokens);
      account.keepLevels(standing, nowMs);
      const tokensAt = tokens > hold.tokens ? nowMs : hold.tokensAt;
      account.holds.set(hold.holdId, { ...hold, amountNanoUsd, final: request.final, tokens, tokensAt });
    }
    if (releases) this.end(request.accountId, request.holdId, nowMs);
    return this.resized(account, standing, releases ? 0n : amountNanoUsd);
  }

  async renew(request: RenewRequest): Promise<RenewReply> {
    checkRenew(request);
    const confirmed = new Set<GenerationId>();
    const gone = new Set<GenerationId>();
    for (const hold of request.holds) {
      const verdict = this.renewOne(hold, request.expiryMs, this.options.now());
      if (verdict === 'confirmed') confirmed.add(hold.holdId);
      else if (verdict === 'gone') gone.add(hold.holdId);
    }
    return { epoch: this.epoch, confirmed, gone };
  }

  async read(
    accountId: AccountId,
    keyId: KeyId,
    candidates: PeriodCandidates,
    defaults: KeyLimits,
  ): Promise<ReadReply> {
    const nowMs = this.options.now();
    const account = this.accounts.get(accountId);
    const periods = pickPeriods(candidates, nowMs);
    const standing = account?.standing({ keyId, workspaceId: null, periods }, nowMs, defaults) ?? null;
    if (account === undefined || standing === null) return { outcome: 'not_loaded' };
    return {
      outcome: 'read',
      left: account.figures(standing),
      key: standing.key,
      keySpentNanoUsd: {
        total: account.spent(keyId, 'total'),
        day: account.spent(keyId, periods.day),
        week: account.spent(keyId, periods.week),
        month: account.spent(keyId, periods.month),
      },
      keyHeldNanoUsd: account.heldOfKey(keyId),
      blocked: blockedBy(account, standing, nowMs),
    };
  }

  async findKey(keyHash: string): Promise<GateKeyIdentity | null> {
    for (const { accountId, account, keys } of this.accounts.values()) {
      for (const { keyId, workspaceId, keyHash: hash } of keys.values()) {
        if (hash === keyHash) return { accountId, workspaceId, keyId, timeZone: account.timeZone };
      }
    }
    return null;
  }

  async isHoldOpen(accountId: AccountId, holdId: GenerationId): Promise<boolean> {
    return this.accounts.get(accountId)?.holds.get(holdId)?.final === false;
  }

  async apply(changes: readonly GateChange[]): Promise<void> {
    for (const change of changes) {
      const { accountId, account, balance } = change;
      if (!this.accounts.has(accountId) && account !== undefined && balance !== undefined) {
        this.accounts.set(accountId, new MemoryAccount(accountId, account, balance));
      }
      this.accounts.get(accountId)?.apply(change);
      for (const holdId of change.closed ?? []) this.end(accountId, holdId, this.options.now());
    }
  }

  async load(snapshot: AccountSnapshot): Promise<LoadReply> {
    const { accountId, account, balance, epoch } = snapshot;
    if (epoch !== this.epoch) return 'other_epoch';
    if (this.accounts.has(accountId)) return 'exists';
    const loaded = new MemoryAccount(accountId, account, balance);
    loaded.apply(snapshot);
    this.accounts.set(accountId, loaded);
    for (const hold of snapshot.holds) {
      const standing = loaded.standing(hold, this.options.now());
      if (standing === null || this.isEnded(accountId, hold.holdId, this.options.now())) continue;
      this.put(loaded, standing, { ...hold, tokens: 0 });
    }
    return 'loaded';
  }

  async markExpired(limit: number): Promise<readonly ListedHold[]> {
    const nowMs = this.options.now();
    const expired = [...this.accounts.values()]
      .flatMap(({ holds }) => [...holds.values()])
      .filter(({ expiresAt }) => expiresAt !== null && expiresAt <= nowMs)
      .toSorted(unmarkedFirst)
      .slice(0, limit);
    for (const hold of expired) {
      this.accounts.get(hold.accountId)?.holds.set(hold.holdId, { ...hold, markedAt: nowMs });
    }
    return expired.map(listed);
  }

  async reserve(request: ReserveRequest): Promise<ReserveReply> {
    checkReserve(request);
    const nowMs = this.options.now();
    const account = this.accounts.get(request.accountId);
    const known = account?.holds.get(request.holdId);
    if (known !== undefined) return { outcome: 'reserved', grantedNanoUsd: known.amountNanoUsd, epoch: this.epoch };
    if (this.isEnded(request.accountId, request.holdId, nowMs)) return { outcome: 'gone' };
    const standing = account?.standing(request, nowMs) ?? null;
    if (account === undefined || standing === null) return { outcome: 'not_loaded' };
    const amountNanoUsd = lower(request.amountNanoUsd, higher(account.room(standing), 0n));
    const { holdId } = request;
    this.put(account, standing, { holdId, amountNanoUsd, openedAt: nowMs, expiresAt: null, final: true, tokens: 0 });
    return { outcome: 'reserved', grantedNanoUsd: amountNanoUsd, epoch: this.epoch };
  }

  async restore(hold: ListedHold): Promise<'restored' | 'gone' | 'not_loaded'> {
    const nowMs = this.options.now();
    const account = this.accounts.get(hold.accountId);
    if (account?.holds.has(hold.holdId) === true) return 'restored';
    if (this.isEnded(hold.accountId, hold.holdId, nowMs)) return 'gone';
    const standing = account?.standing(hold, nowMs) ?? null;
    if (account === undefined || standing === null) return 'not_loaded';
    if (hold.amountNanoUsd > higher(account.room(standing), 0n)) {
      this.end(hold.accountId, hold.holdId, nowMs);
      return 'gone';
    }
    this.put(account, standing, { ...hold, tokens: 0 });
    return 'restored';
  }

  async inspect(accountId: AccountId): Promise<GateAccountView | null> {
    return this.accounts.get(accountId)?.view() ?? null;
  }

  async listAccounts(after: AccountId | null, limit: number): Promise<readonly AccountId[]> {
    const known = [...this.accounts.keys()].toSorted();
    return known.filter((accountId) => after === null || accountId > after).slice(0, limit);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private renewOne(renewed: RenewedHold, expiryMs: number, nowMs: number): 'confirmed' | 'gone' | 'kept' {
    const account = this.accounts.get(renewed.accountId);
    const hold = account?.holds.get(renewed.holdId);
    if (hold === undefined && this.isEnded(renewed.accountId, renewed.holdId, nowMs)) return 'gone';
    if (hold !== undefined && hold.markedAt !== null) return 'gone';
    const standing = account?.standing(hold ?? renewed, nowMs) ?? null;
    if (account === undefined || standing === null) return 'kept';
    const expiresAt = nowMs + expiryMs;
    if (hold === undefined) {
      if (renewed.amountNanoUsd > higher(account.room(standing), 0n)) return 'kept';
      this.put(account, standing, { ...renewed, expiresAt, final: false, tokens: 0 });
      return 'confirmed';
    }
    const growth = hold.final ? 0n : renewed.amountNanoUsd - hold.amountNanoUsd;
    const raises = growth > 0n && growth <= account.room(standing);
    if (raises) account.keepLevels(standing, nowMs);
    const amountNanoUsd = raises ? renewed.amountNanoUsd : hold.amountNanoUsd;
    account.holds.set(hold.holdId, { ...hold, amountNanoUsd, expiresAt: hold.expiresAt === null ? null : expiresAt });
    return amountNanoUsd >= renewed.amountNanoUsd ? 'confirmed' : 'kept';
  }

  private put(account: MemoryAccount, standing: Standing, hold: NewHold): MemoryHold {
    const { key, workspace, periods } = standing;
    const { holdId, amountNanoUsd, openedAt, expiresAt, final, tokens } = hold;
    const listedHold: MemoryHold = {
      accountId: account.accountId,
      workspaceId: workspace.workspaceId,
      keyId: key.keyId,
      holdId,
      amountNanoUsd,
      grantedNanoUsd: amountNanoUsd,
      periods,
      openedAt,
      expiresAt,
      final,
      markedAt: null,
      tokens,
      tokensAt: openedAt,
      epoch: this.epoch,
    };
    account.holds.set(holdId, listedHold);
    account.keepLevels(standing, this.options.now());
    return listedHold;
  }

  private granted(account: MemoryAccount, hold: MemoryHold, standing: Standing): AdmitReply {
    return {
      outcome: 'granted',
      grantedNanoUsd: hold.grantedNanoUsd,
      admittedAt: hold.openedAt,
      periods: hold.periods,
      epoch: hold.epoch,
      workspaceId: hold.workspaceId,
      models: standing.key.models,
      left: account.figures(standing),
    };
  }

  private resized(account: MemoryAccount, standing: Standing | null, grantedNanoUsd: bigint): ResizeReply {
    return { outcome: 'resized', grantedNanoUsd, epoch: this.epoch, quiet: false, left: account.figures(standing) };
  }

  private end(accountId: AccountId, holdId: GenerationId, nowMs: number): void {
    this.accounts.get(accountId)?.holds.delete(holdId);
    this.tombstones.set(`${accountId} ${holdId}`, nowMs + TOMBSTONE_MS);
  }

  private isEnded(accountId: AccountId, holdId: GenerationId, nowMs: number): boolean {
    return (this.tombstones.get(`${accountId} ${holdId}`) ?? 0) > nowMs;
  }
}

interface NewHold {
  readonly holdId: GenerationId;
  readonly amountNanoUsd: bigint;
  readonly openedAt: number;
  readonly expiresAt: number | null;
  readonly final: boolean;
  readonly tokens: number;
}

function unmarkedFirst(one: MemoryHold, other: MemoryHold): number {
  const marks = (one.markedAt ?? 0) - (other.markedAt ?? 0);
  const expiries = (one.expiresAt ?? 0) - (other.expiresAt ?? 0);
  return marks || expiries || (one.holdId < other.holdId ? -1 : 1);
}
