import type { GateAccountView, GateBalance, PeriodSpend } from '@apilink/holds';

import type { AccountReading } from './account-snapshot.repository.js';

/** What the gate says otherwise than the tables, with what both said: two equal drifts are one that stands still. */
export interface GateDrift {
  readonly balance: { readonly told: GateBalance; readonly found: GateBalance } | null;
  readonly periods: readonly { readonly told: PeriodSpend; readonly found: PeriodSpend | null }[];
  readonly ended: AccountReading['ended'];
  /** Limits of the account, a workspace or a key of which the gate knows an older version, or none. */
  readonly staleLimits: readonly string[];
}

export function driftOf({ snapshot, ended }: AccountReading, view: GateAccountView): GateDrift {
  const found = new Map(view.periods.map((spend) => [idOf(spend), spend]));
  return {
    balance: isSame(snapshot.balance, view.balance) ? null : { told: snapshot.balance, found: view.balance },
    periods: snapshot.periods
      .map((told) => ({ told, found: found.get(idOf(told)) ?? null }))
      .filter((pair) => (pair.found?.spentNanoUsd ?? 0n) !== pair.told.spentNanoUsd),
    ended,
    staleLimits: [
      ...stale([{ id: 'account', ...snapshot.account }], [{ id: 'account', ...view.account }]),
      ...stale(snapshot.workspaces.map(withWorkspaceId), view.workspaces.map(withWorkspaceId)),
      ...stale(snapshot.keys.map(withKeyId), view.keys.map(withKeyId)),
    ],
  };
}

/** What two readings in a row both say; anything else was movement. */
export function standingDrift(first: GateDrift, second: GateDrift): GateDrift {
  const seen = new Set(first.periods.map(textOf));
  const ended = new Set(first.ended);
  return {
    balance: textOf(first.balance) === textOf(second.balance) ? second.balance : null,
    periods: second.periods.filter((pair) => seen.has(textOf(pair))),
    ended: second.ended.filter((holdId) => ended.has(holdId)),
    staleLimits: second.staleLimits.filter((limit) => first.staleLimits.includes(limit)),
  };
}

export function isAligned({ balance, periods, ended, staleLimits }: GateDrift): boolean {
  return balance === null && periods.length + ended.length + staleLimits.length === 0;
}

function idOf({ scope, scopeId, period }: PeriodSpend): string {
  return `${scope}/${scopeId}/${period}`;
}

function isSame(left: GateBalance, right: GateBalance): boolean {
  return (
    left.postedNanoUsd === right.postedNanoUsd &&
    left.creditedNanoUsd === right.creditedNanoUsd &&
    left.spentNanoUsd === right.spentNanoUsd
  );
}

interface Limited {
  readonly id: string;
  readonly version: number;
}

function stale(told: readonly Limited[], found: readonly Limited[]): readonly string[] {
  const versions = new Map(found.map(({ id, version }) => [id, version]));
  return told
    .filter(({ id, version }) => (versions.get(id) ?? 0) < version)
    .map(({ id, version }) => `${id}@${version}`);
}

function withWorkspaceId({ workspaceId, version }: { workspaceId: string; version: number }): Limited {
  return { id: workspaceId, version };
}

function withKeyId({ keyId, version }: { keyId: string; version: number }): Limited {
  return { id: keyId, version };
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) => (typeof part === 'bigint' ? part.toString() : part));
}
