import * as fc from 'fast-check';

import type {
  AccountSnapshot,
  AdmitRequest,
  GateAdministration,
  GateChange,
  GateKey,
  HoldStore,
  ListedHold,
  RenewedHold,
  ReserveRequest,
  ResizeRequest,
} from '../hold-store.js';
import { periodCandidates } from '../period-candidates.js';
import {
  accountId,
  DEFAULTS,
  EXPIRY_MS,
  holdId,
  keyId,
  keyOf,
  listedHold,
  renewedHold,
  snapshotOf,
  START_MS,
  workspaceId,
  workspaceOf,
} from './gate-scenario.contract.js';

/** One step of a history: what an edge, billing or the clock does to the gate. */
export type GateStep =
  | { readonly kind: 'advance'; readonly ms: number }
  | {
      readonly kind: 'turn';
      readonly resizes: ResizeRequest[];
      readonly renewals: RenewedHold[];
      readonly admissions: AdmitRequest[];
    }
  | { readonly kind: 'apply'; readonly changes: GateChange[] }
  | { readonly kind: 'load'; readonly snapshot: AccountSnapshot }
  | { readonly kind: 'mark'; readonly limit: number }
  | { readonly kind: 'reserve'; readonly request: ReserveRequest }
  | { readonly kind: 'restore'; readonly hold: ListedHold };

/** What the gate answers to a step. In one turn a store takes resizes, renewals and admissions in this order. */
export async function perform(store: HoldStore & GateAdministration, step: GateStep): Promise<unknown> {
  switch (step.kind) {
    case 'advance':
      return null;
    case 'turn':
      return Promise.all([
        ...step.resizes.map((request) => store.resize(request)),
        store.renew({ holds: step.renewals.map((hold) => ({ ...hold, epoch: 1 })), expiryMs: EXPIRY_MS }),
        ...step.admissions.map((request) => store.admit(request)),
        ...[1, 2].map((key) => store.read(accountId(1), keyId(key), periodCandidates('UTC', START_MS), DEFAULTS)),
      ]);
    case 'apply':
      return store.apply(step.changes);
    case 'load':
      return store.load(step.snapshot);
    case 'mark':
      return store.markExpired(step.limit);
    case 'reserve':
      return store.reserve(step.request);
    case 'restore':
      return store.restore(step.hold);
    default:
      throw new Error('an unknown step');
  }
}

const HOLDS = 6;
const holdNumber = fc.integer({ min: 1, max: HOLDS });
const amount = fc.bigInt({ min: 0n, max: 60n });
const tokens = fc.integer({ min: 0, max: 40 });
const version = fc.integer({ min: 1, max: 6 });
const cap = fc.option(fc.bigInt({ min: 0n, max: 120n }), { nil: null, freq: 2 });
const limit = fc.option(fc.integer({ min: 0, max: 30 }), { nil: null, freq: 2 });
/** Within a second, a bucket, the life of a hold, a tombstone, and over midnight into the next week. */
const elapsed = fc.constantFrom(1, 999, 20_000, 45_000, 90_000, 600_000, 8 * 3_600_000, 16 * 3_600_000);
/** The edge's clock is not the store's. */
const edgeClock = fc.constantFrom(START_MS, START_MS + 16 * 3_600_000, START_MS - 3_600_000);

const key: fc.Arbitrary<GateKey> = fc
  .record({
    number: fc.integer({ min: 1, max: 2 }),
    status: fc.constantFrom('active', 'active', 'active', 'disabled', 'revoked'),
    expiresAt: fc.option(fc.constant(START_MS + 600_000), { nil: null, freq: 9 }),
    requestsPerMinute: limit,
    tokensPerMinute: limit.map((per) => (per === null ? null : per * 3)),
    concurrency: fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
    dailyCapNanoUsd: cap,
    weeklyCapNanoUsd: cap,
    monthlyCapNanoUsd: cap,
    version,
  })
  .map(({ number, ...changes }) => keyOf(number, { workspaceId: workspaceId(number), ...changes }));

const balance = fc.record({
  postedNanoUsd: fc.oneof({ weight: 9, arbitrary: amount }, { weight: 1, arbitrary: fc.constant(-20n) }),
  version,
  creditedNanoUsd: fc.constant(100n),
  spentNanoUsd: amount,
});

const account = fc.record({
  status: fc.constantFrom('active', 'active', 'active', 'active', 'suspended'),
  timeZone: fc.constant('UTC'),
  concurrency: fc.option(fc.integer({ min: 0, max: 4 }), { nil: null }),
  version,
});

const workspace = fc
  .record({
    number: fc.integer({ min: 1, max: 2 }),
    status: fc.constantFrom('active', 'active', 'active', 'disabled'),
    monthlyBudgetNanoUsd: cap,
    version,
  })
  .map(({ number, ...changes }) => workspaceOf(number, changes));

const spend = fc.record({
  period: fc.constantFrom('total', '2026-11-22', '2026-11-23', '2026-W47', '2026-W48', '2026-11'),
  spentNanoUsd: fc.bigInt({ min: 0n, max: 40n }),
  version,
  of: fc.constantFrom(
    { scope: 'key', scopeId: keyId(1) } as const,
    { scope: 'key', scopeId: keyId(2) } as const,
    { scope: 'workspace', scopeId: workspaceId(1) } as const,
  ),
});
const periods = fc.array(
  spend.map(({ of, ...rest }) => ({ ...of, ...rest })),
  { maxLength: 2 },
);

const change: fc.Arbitrary<GateChange> = fc.record(
  {
    accountId: fc.constant(accountId(1)),
    balance,
    account,
    workspaces: fc.array(workspace, { maxLength: 2 }),
    keys: fc.array(key, { maxLength: 2 }),
    periods,
    closed: fc.array(holdNumber.map(holdId), { maxLength: 2 }),
  },
  { requiredKeys: ['accountId'] },
);

/** A key stays with its holds: hold `n` is of key 1 or 2 by its number, in the periods of either day. */
const renewal = fc
  .record({ number: holdNumber, amount, later: fc.boolean() })
  .map(({ number, amount: amountNanoUsd, later }) =>
    renewedHold(number, amountNanoUsd, {
      ...belongsTo(number),
      periods: later
        ? { day: '2026-11-23', week: '2026-W48', month: '2026-11' }
        : { day: '2026-11-22', week: '2026-W47', month: '2026-11' },
    }),
  );

function belongsTo(number: number) {
  const owner = (number % 2) + 1;
  return { keyId: keyId(owner), workspaceId: workspaceId(owner) };
}

const resize: fc.Arbitrary<ResizeRequest> = fc.record({
  accountId: fc.constant(accountId(1)),
  holdId: holdNumber.map(holdId),
  targetNanoUsd: fc.oneof({ weight: 4, arbitrary: amount }, { weight: 1, arbitrary: fc.constant(0n) }),
  final: fc.boolean(),
  tokens: fc.option(tokens, { nil: null }),
});

const admission: fc.Arbitrary<AdmitRequest> = fc
  .record({ number: holdNumber, amount, least: amount, tokens, edgeClock })
  .map(({ number, amount: amountNanoUsd, least, tokens: asked, edgeClock: now }) => ({
    accountId: accountId(1),
    keyId: belongsTo(number).keyId,
    holdId: holdId(number),
    amountNanoUsd,
    leastNanoUsd: least < amountNanoUsd ? least : amountNanoUsd,
    tokens: asked,
    periods: periodCandidates('UTC', now),
    defaults: DEFAULTS,
    expiryMs: EXPIRY_MS,
  }));

const turn = fc.record({
  kind: fc.constant('turn' as const),
  resizes: fc.array(resize, { maxLength: 2 }),
  renewals: fc.uniqueArray(renewal, { maxLength: 2, selector: (hold) => hold.holdId }),
  admissions: fc.array(admission, { maxLength: 3 }),
});

const step: fc.Arbitrary<GateStep> = fc.oneof(
  { weight: 8, arbitrary: turn },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: elapsed }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('apply' as const), changes: fc.array(change, { maxLength: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('mark' as const), limit: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 1,
    arbitrary: renewal.map(({ openedAt: _openedAt, ...request }) => ({ kind: 'reserve' as const, request })),
  },
  {
    weight: 1,
    arbitrary: fc.record({ renewal, final: fc.boolean(), lives: elapsed }).map(({ renewal: hold, final, lives }) => ({
      kind: 'restore' as const,
      hold: { ...hold, final, expiresAt: START_MS + lives },
    })),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ balance, account, keys: fc.tuple(key, key), periods, epoch: fc.constantFrom(1, 1, 1, 2) })
      .map(({ keys: [one, other], ...rest }) => ({
        kind: 'load' as const,
        snapshot: startOf({ ...rest, keys: [one, other] }),
      })),
  },
);

/** The account as a load brings it: two workspaces, two keys, some holds. */
function startOf(changes: Partial<AccountSnapshot>): AccountSnapshot {
  return snapshotOf({
    workspaces: [workspaceOf(1), workspaceOf(2)],
    holds: [listedHold(1, 5n, belongsTo(1)), listedHold(2, 0n, { ...belongsTo(2), final: true })],
    ...changes,
    keys: [1, 2].map((number) => ({
      ...keyOf(number, { workspaceId: workspaceId(number) }),
      ...withoutIds(changes.keys?.[number - 1]),
    })),
  });
}

function withoutIds(limits: GateKey | undefined): Partial<GateKey> {
  if (limits === undefined) return {};
  const { keyId: _keyId, keyHash: _keyHash, workspaceId: _workspaceId, ...rest } = limits;
  return rest;
}

/** Histories of an account, which usually begin with its load. */
export const gateHistories: fc.Arbitrary<readonly GateStep[]> = fc
  .record({
    first: fc.option(fc.record({ balance, keys: fc.tuple(key, key) }), { freq: 12 }),
    steps: fc.array(step, { minLength: 4, maxLength: 24 }),
  })
  .map(({ first, steps }) => {
    if (first === null) return steps;
    const { balance: opening, keys } = first;
    const rich = { ...opening, postedNanoUsd: opening.postedNanoUsd + 100n };
    const snapshot = startOf({ balance: rich, keys: [...keys], holds: [] });
    return [{ kind: 'load', snapshot }, ...steps];
  });
