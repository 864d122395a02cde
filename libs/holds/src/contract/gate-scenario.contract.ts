import {
  accountIdSchema,
  encodeWireId,
  generationIdSchema,
  keyIdSchema,
  workspaceIdSchema,
  type AccountId,
  type GenerationId,
  type KeyId,
  type WorkspaceId,
} from '@apilink/contracts';

import type {
  AccountSnapshot,
  AdmitReply,
  AdmitRequest,
  GateAccountView,
  GateAdministration,
  GateKey,
  GateWorkspace,
  HoldStore,
  KeyLimits,
  ListedHold,
  ConfirmedHold,
  RenewedHold,
  ReserveRequest,
  ResizeReply,
} from '../hold-store.js';
import { periodCandidates, pickPeriods } from '../period-candidates.js';

/** A store under test with the clock that it goes by. */
export interface GateUnderTest {
  readonly store: HoldStore & GateAdministration;
  now(): number;
  setClock(ms: number): Promise<void>;
  /** Forgets everything that the gate knows. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** Sunday 22 November 2026, 08:00 UTC: the last day of an ISO week. */
export const START_MS = Date.UTC(2026, 10, 22, 8);
export const EXPIRY_MS = 90_000;
export const DEFAULTS: KeyLimits = { requestsPerMinute: 60_000, tokensPerMinute: 100_000_000, concurrency: 512 };

function uuid(kind: number, number: number): string {
  return `00000000-0000-7000-8000-${(kind * 1_000_000 + number).toString().padStart(12, '0')}`;
}
export function accountId(number: number): AccountId {
  return accountIdSchema.parse(encodeWireId('acc', uuid(1, number)));
}
export function workspaceId(number: number): WorkspaceId {
  return workspaceIdSchema.parse(encodeWireId('ws', uuid(2, number)));
}
export function keyId(number: number): KeyId {
  return keyIdSchema.parse(encodeWireId('key', uuid(3, number)));
}
export function holdId(number: number): GenerationId {
  return generationIdSchema.parse(encodeWireId('gen', uuid(4, number)));
}

export function workspaceOf(number: number, changes: Partial<GateWorkspace> = {}): GateWorkspace {
  return {
    workspaceId: workspaceId(number),
    status: 'active',
    monthlyBudgetNanoUsd: null,
    version: 1,
    ...changes,
  };
}

export function keyOf(number: number, changes: Partial<GateKey> = {}): GateKey {
  return {
    keyId: keyId(number),
    keyHash: number.toString(16).padStart(64, '0'),
    workspaceId: workspaceId(1),
    status: 'active',
    expiresAt: null,
    requestsPerMinute: null,
    tokensPerMinute: null,
    concurrency: null,
    dailyCapNanoUsd: null,
    weeklyCapNanoUsd: null,
    monthlyCapNanoUsd: null,
    models: null,
    version: 1,
    ...changes,
  };
}

/** Account 1 with 1,000 nano-USD, workspace 1 and key 1. */
export function snapshotOf(changes: Partial<AccountSnapshot> = {}): AccountSnapshot {
  return {
    accountId: accountId(1),
    balance: { postedNanoUsd: 1_000n, version: 1, creditedNanoUsd: 1_000n, spentNanoUsd: 0n },
    account: { status: 'active', timeZone: 'UTC', concurrency: null, version: 1 },
    workspaces: [workspaceOf(1)],
    keys: [keyOf(1)],
    periods: [],
    epoch: 1,
    holds: [],
    ...changes,
  };
}

/** Hold `number` of key 1, opened at the start, as its edge renews it. */
export function renewedHold(number: number, amountNanoUsd: bigint, changes: Partial<RenewedHold> = {}): RenewedHold {
  return {
    accountId: accountId(1),
    workspaceId: workspaceId(1),
    keyId: keyId(1),
    holdId: holdId(number),
    amountNanoUsd,
    periods: pickPeriods(periodCandidates('UTC', START_MS), START_MS),
    openedAt: START_MS,
    ...changes,
  };
}

/** As an edge renews it; by default confirmed in the first epoch. */
export function renewal(number: number, amountNanoUsd: bigint, changes: Partial<ConfirmedHold> = {}): ConfirmedHold {
  return { ...renewedHold(number, amountNanoUsd), epoch: 1, ...changes };
}

/** The same as the ledger lists it; by default it expires after five seconds. */
export function listedHold(number: number, amountNanoUsd: bigint, changes: Partial<ListedHold> = {}): ListedHold {
  return { ...renewedHold(number, amountNanoUsd), expiresAt: START_MS + 5_000, final: false, ...changes };
}

export function reservation(number: number, amountNanoUsd: bigint): ReserveRequest {
  const { openedAt: _openedAt, ...request } = renewedHold(number, amountNanoUsd);
  return request;
}

/** What the suites ask, with every value that a test does not care about filled in. */
export class GateScenario {
  constructor(readonly gate: GateUnderTest) {}

  get store(): HoldStore & GateAdministration {
    return this.gate.store;
  }

  async start(changes: Partial<AccountSnapshot> = {}): Promise<void> {
    await this.gate.reset();
    await this.gate.setClock(START_MS);
    await this.store.load(snapshotOf(changes));
  }

  request(number: number, amountNanoUsd: bigint, changes: Partial<AdmitRequest> = {}): AdmitRequest {
    return {
      accountId: accountId(1),
      keyId: keyId(1),
      holdId: holdId(number),
      amountNanoUsd,
      leastNanoUsd: amountNanoUsd,
      tokens: 0,
      periods: periodCandidates('UTC', this.gate.now()),
      defaults: DEFAULTS,
      expiryMs: EXPIRY_MS,
      ...changes,
    };
  }

  admit(number: number, amountNanoUsd: bigint, changes: Partial<AdmitRequest> = {}): Promise<AdmitReply> {
    return this.store.admit(this.request(number, amountNanoUsd, changes));
  }

  grow(number: number, targetNanoUsd: bigint, tokens: number | null = null): Promise<ResizeReply> {
    return this.store.resize({ accountId: accountId(1), holdId: holdId(number), targetNanoUsd, final: false, tokens });
  }

  finish(number: number, targetNanoUsd: bigint, tokens: number | null = null): Promise<ResizeReply> {
    return this.store.resize({ accountId: accountId(1), holdId: holdId(number), targetNanoUsd, final: true, tokens });
  }

  async renew(
    number: number,
    amountNanoUsd: bigint,
    changes: Partial<ConfirmedHold> = {},
  ): Promise<'confirmed' | 'gone' | 'kept'> {
    const hold = renewal(number, amountNanoUsd, changes);
    const { confirmed, gone } = await this.store.renew({ holds: [hold], expiryMs: EXPIRY_MS });
    if (gone.has(hold.holdId)) return 'gone';
    return confirmed.has(hold.holdId) ? 'confirmed' : 'kept';
  }

  advance(ms: number): Promise<void> {
    return this.gate.setClock(this.gate.now() + ms);
  }

  async view(): Promise<GateAccountView> {
    const view = await this.store.inspect(accountId(1));
    if (view === null) throw new Error('the gate does not know the account');
    return view;
  }

  /** The amounts of the listed holds, by their numbers. */
  async held(): Promise<Record<string, bigint>> {
    const { holds } = await this.view();
    return Object.fromEntries(
      holds.map(({ holdId: id, amountNanoUsd }) => [Number(id.slice(-12)) - 4_000_000, amountNanoUsd]),
    );
  }
}

/** The outcome alone, or the granted amount: what most tests compare. */
export function granted(reply: AdmitReply | ResizeReply): bigint | string {
  if (reply.outcome === 'granted' || reply.outcome === 'resized') return reply.grantedNanoUsd;
  return reply.outcome === 'refused' ? reply.refusal.reason : reply.outcome;
}
