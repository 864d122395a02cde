import type { AccountId, GenerationId, HoldPeriods, KeyId, WorkspaceId } from '@apilink/contracts';
import type { NanoUsd } from '@apilink/money';

/**
 * The gate: the only place where spending is admitted. Every operation is idempotent and one round trip; an adapter
 * gathers the requests of one event-loop turn into one call. Which store it is (Redis or Postgres) is fixed per
 * deployment. The rules are in docs/money.md; both adapters pass the suite of `hold-store.contract.ts`.
 */
export interface HoldStore {
  /** Balance, every cap, RPM, TPM and concurrency, all or nothing; the amount may be granted down to `least`. */
  admit(request: AdmitRequest): Promise<AdmitReply>;
  /**
   * Absolute target. Only `final` lowers, freezes and frees the concurrency slot; `resize(id, 0, final)` releases, also
   * a hold that is not listed (its id is `gone` for a late admit) and one that has ended: the answer stays the same.
   */
  resize(request: ResizeRequest): Promise<ResizeReply>;
  /** Heartbeat of running holds and of those whose `usage.final` is not yet acknowledged. Never lowers a hold. */
  renew(request: RenewRequest): Promise<RenewReply>;
  /** What the gate knows of one key and its account, for `/v1/key`, `/v1/credits` and headers of refusals. */
  read(accountId: AccountId, keyId: KeyId, periods: PeriodCandidates, defaults: KeyLimits): Promise<ReadReply>;
  /** API key hash → key; null when this gate does not list it. */
  findKey(keyHash: string): Promise<GateKeyIdentity | null>;
  /** True while the hold is listed and not final: an id that billing does not know yet is `open`. */
  isHoldOpen(accountId: AccountId, holdId: GenerationId): Promise<boolean>;
  close(): Promise<void>;
}

/** What billing alone may do to the gate. */
export interface GateAdministration {
  /** Absolute and only if newer than what the gate has; closes all holds of the commit together with the balance. */
  apply(changes: readonly GateChange[]): Promise<void>;
  /** Only if the account is absent (or a load of it stopped half-way). */
  load(snapshot: AccountSnapshot): Promise<LoadReply>;
  /**
   * Marks holds that expired by the gate's clock, so that renew answers `gone` from now on; at most `limit`. A marked
   * hold is listed again by later calls (unmarked ones first) until the commit that ends it has closed it.
   */
  markExpired(limit: number): Promise<readonly ListedHold[]>;
  /**
   * Takes a hold of billing's own, for a late settlement: as much of the amount as balance and caps leave, down to 0,
   * whatever the status of the key and without its rate limits. It is final from the start, never expires and is not
   * reaped: the commit that posts it closes it. Same id ⇒ same answer.
   */
  reserve(request: ReserveRequest): Promise<ReserveReply>;
  /** Restores a hold that is open in Postgres and unknown here, if affordable; else leaves a tombstone. */
  restore(hold: ListedHold): Promise<'restored' | 'gone' | 'not_loaded'>;
  /**
   * Everything the gate holds of one account, each list in the order of its ids, for the audit and the hourly
   * comparison; null when not loaded. Counters of periods that ended days ago may be swept.
   */
  inspect(accountId: AccountId): Promise<GateAccountView | null>;
  /** The accounts that the gate knows, in id order after `after`, at most `limit`. */
  listAccounts(after: AccountId | null, limit: number): Promise<readonly AccountId[]>;
}

/**
 * What a store that can lose its memory (Redis) has beside the rest. Without an epoch of its present run it answers every
 * operation with `not_loaded`. The embedded gate is in the ledger's own database: it has nothing of this.
 */
export interface GateEpochs {
  /** Read afresh. Rejects with HoldStoreUnavailable when the store does not answer or is not the primary. */
  standing(): Promise<GateStanding>;
  /**
   * Begins an epoch that Postgres has recorded before. `other_run`: the store has been restarted since `runId` was read;
   * `older`: it is in this epoch or a later one already.
   */
  beginEpoch(begin: EpochBegin): Promise<'begun' | 'other_run' | 'older'>;
  /** The account's comparison with Postgres has been applied under this epoch: its quiet interval may end. */
  endComparison(accountId: AccountId, epoch: number): Promise<void>;
}

/** What a service has in its hands, whichever store it is (`openHoldStore`). */
export interface OpenedHoldStore extends HoldStore, GateAdministration {
  /** Null for a store that cannot be lost. */
  readonly epochs: GateEpochs | null;
  /**
   * Calls `listener` when an answer shows another epoch than the one before, also with the first one that it sees. An
   * edge renews all of its holds then, at once. A store that cannot be lost never calls it.
   */
  onEpoch(listener: (epoch: number) => void): void;
}

export interface GateStanding {
  /** Of the store's process; a restart has another one. */
  readonly runId: string;
  /** Null when the store knows none: it is new, or has lost its memory. */
  readonly epoch: number | null;
  /** The run that this epoch was begun on; another one than `runId` after a restart or a change of role. */
  readonly epochRunId: string | null;
  /** The store's clock, ms since the epoch. */
  readonly now: number;
  /** Until then no account admits anything; null when there is no epoch. */
  readonly quietUntil: number | null;
}
export interface EpochBegin {
  readonly epoch: number;
  readonly runId: string;
  /** One renewal interval of the edges; 0 for the very first epoch. */
  readonly quietMs: number;
  /** After a change of role: an account listed by the store stays quiet until `endComparison`. */
  readonly awaitsComparison: boolean;
}

/** Both candidate ids of each period and the boundary between them; the store's clock picks. */
export interface PeriodCandidates {
  readonly day: PeriodCandidate;
  readonly week: PeriodCandidate;
  readonly month: PeriodCandidate;
}
export interface PeriodCandidate {
  readonly current: string;
  readonly next: string;
  /** The first millisecond of `next`. */
  readonly boundaryAt: number;
}

/** Limits for a key without limits of its own (KEY_DEFAULT_RPM, KEY_DEFAULT_TPM, KEY_DEFAULT_CONCURRENCY). */
export interface KeyLimits {
  readonly requestsPerMinute: number;
  readonly tokensPerMinute: number;
  readonly concurrency: number;
}

export interface AdmitRequest {
  readonly accountId: AccountId;
  readonly keyId: KeyId;
  readonly holdId: GenerationId;
  readonly amountNanoUsd: NanoUsd;
  /** Below this grant the request is refused. */
  readonly leastNanoUsd: NanoUsd;
  /** TPM reservation: estimated input and held output, in tokens. */
  readonly tokens: number;
  readonly periods: PeriodCandidates;
  readonly defaults: KeyLimits;
  /** Life of the hold without renewal, in ms. */
  readonly expiryMs: number;
}

export type AdmitReply =
  | {
      readonly outcome: 'granted';
      readonly grantedNanoUsd: NanoUsd;
      /** The store's clock, ms since the epoch. */
      readonly admittedAt: number;
      readonly periods: HoldPeriods;
      readonly epoch: number;
      readonly workspaceId: WorkspaceId;
      /** The key's allow-list of models; null = all. */
      readonly models: readonly string[] | null;
      readonly left: GateFigures;
    }
  | { readonly outcome: 'refused'; readonly refusal: Refusal; readonly left: GateFigures }
  /** Unknown account, key or counter: billing has to load it. */
  | { readonly outcome: 'not_loaded' }
  /** The interval after a loss: nothing is admitted. */
  | { readonly outcome: 'quiet' }
  /** The hold has ended before. */
  | { readonly outcome: 'gone' };

export type Refusal =
  | { readonly reason: 'balance'; readonly availableNanoUsd: NanoUsd }
  | { readonly reason: 'key_cap'; readonly period: 'daily' | 'weekly' | 'monthly'; readonly availableNanoUsd: NanoUsd }
  | { readonly reason: 'workspace_budget'; readonly availableNanoUsd: NanoUsd }
  | {
      readonly reason: 'requests_per_minute' | 'tokens_per_minute';
      readonly limit: number;
      readonly retryAfterMs: number;
    }
  | { readonly reason: 'key_concurrency' | 'account_concurrency'; readonly limit: number }
  | { readonly reason: 'key_revoked' | 'key_disabled' | 'key_expired' | 'workspace_disabled' | 'account_suspended' };

/**
 * What is left of everything, after this request's hold. For a hold that the gate does not list it is the account's
 * figures alone: no cap, and limits of 0.
 */
export interface GateFigures {
  readonly postedNanoUsd: NanoUsd;
  readonly heldNanoUsd: NanoUsd;
  readonly creditedNanoUsd: NanoUsd;
  readonly spentNanoUsd: NanoUsd;
  /** The least over the key's caps, open holds counted; null without a cap. */
  readonly keyCapRemainingNanoUsd: NanoUsd | null;
  /** Each cap by itself. */
  readonly caps: CapsFigures;
  readonly requests: BucketFigures;
  readonly tokens: BucketFigures;
  /** How many more requests may run now: the fewer of the key's and the account's; null when neither is limited. */
  readonly concurrencyRemaining: number | null;
}

/** Caps of the key in the periods that the store's clock picks, and the month's budget of its workspace; null = none. */
export interface CapsFigures {
  readonly daily: CapFigures | null;
  readonly weekly: CapFigures | null;
  readonly monthly: CapFigures | null;
  readonly workspace: CapFigures | null;
}
export interface CapFigures {
  readonly limitNanoUsd: NanoUsd;
  /** Open holds counted. Below 0 where a cap was lowered below what is spent. */
  readonly remainingNanoUsd: NanoUsd;
}
export interface BucketFigures {
  readonly limit: number;
  readonly remaining: number;
  /** Until the bucket is full again. */
  readonly resetMs: number;
}

export interface ResizeRequest {
  readonly accountId: AccountId;
  readonly holdId: GenerationId;
  readonly targetNanoUsd: NanoUsd;
  readonly final: boolean;
  /** Tokens now reserved (growth) or really used (final); null leaves the reservation. */
  readonly tokens: number | null;
}
export type ResizeReply =
  /** `grantedNanoUsd` < target: balance or a cap affords no more. `quiet`: refused for the interval after a loss only. */
  | {
      readonly outcome: 'resized';
      readonly grantedNanoUsd: NanoUsd;
      readonly epoch: number;
      readonly quiet: boolean;
      readonly left: GateFigures;
    }
  | { readonly outcome: 'gone' | 'not_loaded' };

export interface RenewRequest {
  readonly holds: readonly ConfirmedHold[];
  readonly expiryMs: number;
}
export interface RenewedHold {
  readonly accountId: AccountId;
  readonly workspaceId: WorkspaceId;
  readonly keyId: KeyId;
  readonly holdId: GenerationId;
  readonly amountNanoUsd: NanoUsd;
  readonly periods: HoldPeriods;
  readonly openedAt: number;
}
/** A hold as its edge knows it. */
export interface ConfirmedHold extends RenewedHold {
  /**
   * The epoch in which the gate last confirmed this amount. After a loss a renewal is believed without asking only for
   * the epoch before: what an edge that was cut off knows of an older one may have been admitted to somebody else since.
   */
  readonly epoch: number;
}
export interface RenewReply {
  /** 0 when the store has none: it has lost its memory and confirms nothing. */
  readonly epoch: number;
  /** Holds whose amount the gate confirmed. */
  readonly confirmed: ReadonlySet<GenerationId>;
  /** Holds that have ended: the edge has to stop their requests. */
  readonly gone: ReadonlySet<GenerationId>;
}

export type ReadReply =
  | {
      readonly outcome: 'read';
      readonly left: GateFigures;
      readonly key: GateKey;
      /** Spent by the key in all and in the current periods, open holds not counted. */
      readonly keySpentNanoUsd: {
        readonly total: NanoUsd;
        readonly day: NanoUsd;
        readonly week: NanoUsd;
        readonly month: NanoUsd;
      };
      /** Held by the key's open holds now. */
      readonly keyHeldNanoUsd: NanoUsd;
      /** Why an admission would be refused for the status of key, workspace or account. */
      readonly blocked:
        Extract<Refusal, { reason: `${string}_${'revoked' | 'disabled' | 'expired' | 'suspended'}` }>['reason'] | null;
    }
  | { readonly outcome: 'not_loaded' };

export interface GateKeyIdentity {
  readonly accountId: AccountId;
  readonly workspaceId: WorkspaceId;
  readonly keyId: KeyId;
  /** IANA name; fixes the cap periods. */
  readonly timeZone: string;
}

export interface GateAccount {
  readonly status: 'active' | 'suspended';
  readonly timeZone: string;
  readonly concurrency: number | null;
  readonly version: number;
}
export interface GateWorkspace {
  readonly workspaceId: WorkspaceId;
  readonly status: 'active' | 'disabled';
  readonly monthlyBudgetNanoUsd: NanoUsd | null;
  readonly version: number;
}
export interface GateKey {
  readonly keyId: KeyId;
  readonly keyHash: string;
  readonly workspaceId: WorkspaceId;
  readonly status: 'active' | 'disabled' | 'revoked';
  readonly expiresAt: number | null;
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly concurrency: number | null;
  readonly dailyCapNanoUsd: NanoUsd | null;
  readonly weeklyCapNanoUsd: NanoUsd | null;
  readonly monthlyCapNanoUsd: NanoUsd | null;
  readonly models: readonly string[] | null;
  readonly version: number;
}

/** Spend of a key or workspace in one period, or in all (`period: 'total'`). */
export interface PeriodSpend {
  readonly scope: 'key' | 'workspace';
  readonly scopeId: KeyId | WorkspaceId;
  /** `total`, `2026-11-22`, `2026-W47` or `2026-11`. */
  readonly period: string;
  readonly spentNanoUsd: NanoUsd;
  readonly version: number;
}

export interface GateBalance {
  readonly postedNanoUsd: NanoUsd;
  readonly version: number;
  /** Net of refunds and chargebacks. */
  readonly creditedNanoUsd: NanoUsd;
  readonly spentNanoUsd: NanoUsd;
}

/** One commit of billing about one account; every part is absolute and carries its own version. */
export interface GateChange {
  readonly accountId: AccountId;
  readonly balance?: GateBalance;
  readonly account?: GateAccount;
  readonly workspaces?: readonly GateWorkspace[];
  readonly keys?: readonly GateKey[];
  readonly periods?: readonly PeriodSpend[];
  /** Holds that this commit has ended. */
  readonly closed?: readonly GenerationId[];
}

export interface AccountSnapshot extends Required<Omit<GateChange, 'closed'>> {
  /** The epoch that the load began under; refused under another. */
  readonly epoch: number;
  readonly holds: readonly ListedHold[];
}
export type LoadReply = 'loaded' | 'exists' | 'other_epoch';

export interface ReserveRequest {
  readonly accountId: AccountId;
  readonly workspaceId: WorkspaceId;
  readonly keyId: KeyId;
  /** An id of its own: that of the hold which it settles late has ended. */
  readonly holdId: GenerationId;
  readonly amountNanoUsd: NanoUsd;
  readonly periods: HoldPeriods;
}
export type ReserveReply =
  | { readonly outcome: 'reserved'; readonly grantedNanoUsd: NanoUsd; readonly epoch: number }
  | { readonly outcome: 'gone' | 'not_loaded' };

export interface ListedHold extends RenewedHold {
  /** Milliseconds since the epoch, by the gate's clock; null for a hold of billing's own, which never expires. */
  readonly expiresAt: number | null;
  readonly final: boolean;
}

export interface GateAccountView extends Required<Omit<GateChange, 'closed' | 'accountId'>> {
  readonly heldNanoUsd: NanoUsd;
  /** Concurrency slots taken: must equal the number of `holds` that are neither final nor marked as expired. */
  readonly running: number;
  readonly holds: readonly ListedHold[];
  /**
   * What the counters say is held, per key (in all: period `total`) and workspace (per month): must equal the sum over
   * `holds`. Counters at 0 are left out.
   */
  readonly heldByPeriod: readonly {
    readonly scope: 'key' | 'workspace';
    readonly scopeId: string;
    readonly period: string;
    readonly heldNanoUsd: NanoUsd;
  }[];
}
