import type { AccountId } from '@apilink/contracts';
import type { GateChange } from '@apilink/holds';

/**
 * The changes of several commits as one per account, in the order in which the accounts come first. Each part is
 * absolute, so the newest version says all; the holds of all these commits are closed together with the newest balance.
 */
export function mergeChanges(changes: readonly GateChange[]): readonly GateChange[] {
  const merged = new Map<AccountId, GateChange>();
  for (const change of changes) {
    const before = merged.get(change.accountId);
    merged.set(change.accountId, before === undefined ? change : joined(before, change));
  }
  return [...merged.values()];
}

function joined(first: GateChange, second: GateChange): GateChange {
  const balance = newest(first.balance, second.balance);
  const account = newest(first.account, second.account);
  return {
    accountId: first.accountId,
    ...(balance === undefined ? {} : { balance }),
    ...(account === undefined ? {} : { account }),
    workspaces: newestEach([...(first.workspaces ?? []), ...(second.workspaces ?? [])], (one) => one.workspaceId),
    keys: newestEach([...(first.keys ?? []), ...(second.keys ?? [])], (one) => one.keyId),
    periods: newestEach(
      [...(first.periods ?? []), ...(second.periods ?? [])],
      (one) => `${one.scope}/${one.scopeId}/${one.period}`,
    ),
    closed: [...new Set([...(first.closed ?? []), ...(second.closed ?? [])])],
  };
}

interface Versioned {
  readonly version: number;
}

function newest<Part extends Versioned>(first: Part | undefined, second: Part | undefined): Part | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return second.version >= first.version ? second : first;
}

function newestEach<Part extends Versioned>(parts: readonly Part[], idOf: (part: Part) => string): readonly Part[] {
  const kept = new Map<string, Part>();
  for (const part of parts) {
    const before = kept.get(idOf(part));
    if (before === undefined || part.version >= before.version) kept.set(idOf(part), part);
  }
  return [...kept.values()];
}
