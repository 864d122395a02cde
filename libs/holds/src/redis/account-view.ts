import type { AccountId } from '@apilink/contracts';

import type {
  GateAccount,
  GateAccountView,
  GateBalance,
  GateWorkspace,
  ListedHold,
  PeriodSpend,
} from '../hold-store.js';
import { decodeKey } from './gate-reply.js';
import {
  accountIdOf,
  amountField,
  amountFieldOrNull,
  broken,
  fieldsOf,
  holdIdOf,
  keyIdOf,
  numberField,
  numberFieldOrNull,
  textAt,
  workspaceIdOf,
} from './reply-text.js';

type Held = GateAccountView['heldByPeriod'][number];

/** An account's hash as the scripts write it, field and value in turn. */
export function decodeAccountView(accountId: AccountId, hash: readonly unknown[]): GateAccountView {
  const fields = new Map<string, string>();
  for (let index = 0; index < hash.length; index += 2) fields.set(textAt(hash, index), textAt(hash, index + 1));
  const of = (kind: string) =>
    [...fields]
      .filter(([name]) => name.startsWith(`${kind}:`))
      .map(([name, text]) => [name.slice(kind.length + 1), text] as const);
  const counters = [
    ...of('pk').map(([name, text]) => counterOf('key', name, text)),
    ...of('pw').map(([name, text]) => counterOf('workspace', name, text)),
  ];
  const [held, running] = fieldsOf(fields.get('u') ?? '0 0', 2);
  const meters = of('m').map(([keyId, text]) => ({
    scope: 'key' as const,
    scopeId: keyId,
    period: 'total',
    heldNanoUsd: amountField(text.split(' ')[0]),
  }));
  return {
    balance: decodeBalance(fields.get('b') ?? ''),
    account: decodeAccount(fields.get('a') ?? ''),
    workspaces: inOrder(of('w').map(decodeWorkspace), ({ workspaceId }) => workspaceId),
    keys: inOrder(
      of('k').map(([keyId, text]) => decodeKey(keyIdOf(keyId), text)),
      ({ keyId }) => keyId,
    ),
    periods: inOrder(
      counters.flatMap(({ spend }) => spend ?? []),
      nameOf,
    ),
    heldNanoUsd: amountField(held),
    running: numberField(running),
    holds: inOrder(
      of('h').map(([holdId, text]) => decodeHold(accountId, holdId, text)),
      ({ holdId }) => holdId,
    ),
    heldByPeriod: inOrder([...counters.map((counter) => counter.held), ...meters], nameOf).filter(
      ({ heldNanoUsd }) => heldNanoUsd > 0n,
    ),
  };
}

/** `account hold record`, as the reaper's script lists it. */
export function decodeListedHold(text: string): ListedHold {
  const [, accountId, holdId, record] = /^(\S+) (\S+) (.*)$/.exec(text) ?? [];
  return decodeHold(accountIdOf(accountId), holdId, record ?? '');
}

/** `amount granted key workspace day week month opened expires final slot marked markEpoch tokens tokensAt` */
function decodeHold(accountId: AccountId, holdId: string | undefined, text: string): ListedHold {
  const [amount, , keyId, workspaceId, day = '', week = '', month = '', opened, expires, final] = fieldsOf(text, 15);
  return {
    accountId,
    workspaceId: workspaceIdOf(workspaceId),
    keyId: keyIdOf(keyId),
    holdId: holdIdOf(holdId),
    amountNanoUsd: amountField(amount),
    periods: { day, week, month },
    openedAt: numberField(opened),
    expiresAt: numberFieldOrNull(expires),
    final: final === '1',
  };
}

function decodeBalance(text: string): GateBalance {
  const [version, posted, credited, spent] = fieldsOf(text, 4);
  return {
    postedNanoUsd: amountField(posted),
    version: numberField(version),
    creditedNanoUsd: amountField(credited),
    spentNanoUsd: amountField(spent),
  };
}

function decodeAccount(text: string): GateAccount {
  const [version, status, concurrency, timeZone = ''] = fieldsOf(text, 4);
  if (status !== 'active' && status !== 'suspended') throw broken();
  return { status, timeZone, concurrency: numberFieldOrNull(concurrency), version: numberField(version) };
}

function decodeWorkspace([id, text]: readonly [string, string]): GateWorkspace {
  const [version, status, budget] = fieldsOf(text, 3);
  if (status !== 'active' && status !== 'disabled') throw broken();
  return {
    workspaceId: workspaceIdOf(id),
    status,
    monthlyBudgetNanoUsd: amountFieldOrNull(budget),
    version: numberField(version),
  };
}

/** `spent version held`; without a version billing has not told the spend, which is 0 before. */
function counterOf(scope: 'key' | 'workspace', name: string, text: string): { spend: PeriodSpend | null; held: Held } {
  const [id, period = ''] = fieldsOf(name, 2);
  const [spent, version, held] = fieldsOf(text, 3);
  const scopeId = scope === 'key' ? keyIdOf(id) : workspaceIdOf(id);
  const spend = { scope, scopeId, period, spentNanoUsd: amountField(spent), version: numberFieldOrNull(version) ?? 0 };
  return {
    spend: version === '-' ? null : spend,
    held: { scope, scopeId, period, heldNanoUsd: amountField(held) },
  };
}

function nameOf({ scope, scopeId, period }: Pick<Held, 'scope' | 'scopeId' | 'period'>): string {
  return `${scope} ${scopeId} ${period}`;
}

function inOrder<Item>(items: readonly Item[], id: (item: Item) => string): Item[] {
  return items.toSorted((one, other) => (id(one) < id(other) ? -1 : 1));
}
