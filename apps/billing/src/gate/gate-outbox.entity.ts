import type { AccountId } from '@apilink/contracts';
import type { GateChange } from '@apilink/holds';

/** A change as its row keeps it: JSON, amounts as decimal strings. */
export type StoredChange = Stored<GateChange>;

type Stored<Value> = Value extends bigint
  ? string
  : Value extends string | number | boolean | null | undefined
    ? Value
    : Value extends readonly (infer Item)[]
      ? readonly Stored<Item>[]
      : { readonly [Name in keyof Value]: Stored<Value[Name]> };

/** One row that waits to be told to the gate. */
export interface GateOutboxEntry {
  readonly gateOutboxId: string;
  readonly accountId: AccountId;
  readonly change: GateChange;
}

export function storedText(change: GateChange): string {
  return JSON.stringify(change, (_name, part: unknown) => (typeof part === 'bigint' ? part.toString() : part));
}

export function changeOf(stored: StoredChange): GateChange {
  const { accountId, balance, account, workspaces, keys, periods, closed } = stored;
  return {
    accountId,
    ...(balance === undefined ? {} : { balance: balanceOf(balance) }),
    ...(account === undefined ? {} : { account }),
    ...(workspaces === undefined ? {} : { workspaces: workspaces.map(workspaceOf) }),
    ...(keys === undefined ? {} : { keys: keys.map(keyOf) }),
    ...(periods === undefined ? {} : { periods: periods.map(periodOf) }),
    ...(closed === undefined ? {} : { closed }),
  };
}

type StoredPart<Name extends keyof StoredChange> = NonNullable<StoredChange[Name]>;

function balanceOf(balance: StoredPart<'balance'>): NonNullable<GateChange['balance']> {
  return {
    ...balance,
    postedNanoUsd: BigInt(balance.postedNanoUsd),
    creditedNanoUsd: BigInt(balance.creditedNanoUsd),
    spentNanoUsd: BigInt(balance.spentNanoUsd),
  };
}

function workspaceOf(workspace: StoredPart<'workspaces'>[number]): NonNullable<GateChange['workspaces']>[number] {
  return { ...workspace, monthlyBudgetNanoUsd: amountOf(workspace.monthlyBudgetNanoUsd) };
}

function keyOf(key: StoredPart<'keys'>[number]): NonNullable<GateChange['keys']>[number] {
  return {
    ...key,
    dailyCapNanoUsd: amountOf(key.dailyCapNanoUsd),
    weeklyCapNanoUsd: amountOf(key.weeklyCapNanoUsd),
    monthlyCapNanoUsd: amountOf(key.monthlyCapNanoUsd),
  };
}

function periodOf(spend: StoredPart<'periods'>[number]): NonNullable<GateChange['periods']>[number] {
  return { ...spend, spentNanoUsd: BigInt(spend.spentNanoUsd) };
}

function amountOf(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
}
