import { NANO_USD_CEILING } from '@apilink/contracts';

import { checkCount } from '../gate-amounts.js';
import type { AccountSnapshot, GateBalance, GateChange, GateKey, GateWorkspace, PeriodSpend } from '../hold-store.js';
import { counterEndsAt } from './counter-life.js';
import { holdText } from './operation-text.js';

/**
 * What billing tells of an account, as the scripts read it. Each part begins with its version where it is stored, and a
 * wrong number is refused here, before anything is sent. Throws a RangeError.
 */

function balanceText({ version, postedNanoUsd, creditedNanoUsd, spentNanoUsd }: GateBalance): string {
  return `b ${version} ${signed(postedNanoUsd)} ${signed(creditedNanoUsd)} ${signed(spentNanoUsd)}`;
}

function accountText({ version, status, concurrency, timeZone }: NonNullable<GateChange['account']>): string {
  return `a ${version} ${status} ${counted(concurrency)} ${timeZone}`;
}

function workspaceText({ workspaceId, version, status, monthlyBudgetNanoUsd }: GateWorkspace): string {
  return `w ${workspaceId} ${version} ${status} ${cap(monthlyBudgetNanoUsd)}`;
}

function keyText(key: GateKey): string {
  const rates = `${counted(key.requestsPerMinute)} ${counted(key.tokensPerMinute)} ${counted(key.concurrency)}`;
  const caps = `${cap(key.dailyCapNanoUsd)} ${cap(key.weeklyCapNanoUsd)} ${cap(key.monthlyCapNanoUsd)}`;
  const standing = `${key.version} ${key.workspaceId} ${key.status} ${key.expiresAt ?? '-'}`;
  return `k ${key.keyId} ${standing} ${rates} ${caps} ${key.keyHash} ${modelsText(key.models)}`;
}

/** JSON without a space, which ends a field. */
function modelsText(models: readonly string[] | null): string {
  return models === null ? '-' : JSON.stringify(models).replaceAll(' ', '\\u0020');
}

function periodText({ scope, scopeId, period, version, spentNanoUsd }: PeriodSpend): string {
  const of = `${scope === 'key' ? 'k' : 'w'} ${scopeId} ${period} ${counterEndsAt(period) ?? '-'}`;
  return `p ${of} ${version} ${signed(spentNanoUsd)}`;
}

/** Parts that are newer or not by themselves; they may come before the rest in calls of their own. */
export function limitTexts(change: Pick<GateChange, 'workspaces' | 'keys' | 'periods'>): string[] {
  return [
    ...(change.workspaces ?? []).map(workspaceText),
    ...(change.keys ?? []).map(keyText),
    ...(change.periods ?? []).map(periodText),
  ];
}

/** Balance, status and ends: what one commit changed together. */
export function commitTexts({ balance, account, closed }: Omit<GateChange, 'accountId'>): string[] {
  return [
    ...(balance === undefined ? [] : [balanceText(balance)]),
    ...(account === undefined ? [] : [accountText(account)]),
    ...(closed ?? []).map((holdId) => `c ${holdId}`),
  ];
}

export function loadedHoldTexts({ holds }: AccountSnapshot): string[] {
  return holds.map((hold) => `H ${hold.holdId} ${holdText(hold)}`);
}

function signed(amount: bigint): bigint {
  if (amount >= -NANO_USD_CEILING && amount <= NANO_USD_CEILING) return amount;
  throw new RangeError(`an amount must be within ${NANO_USD_CEILING} nano-USD, not ${amount}`);
}

function cap(amount: bigint | null): string {
  return amount === null ? '-' : signed(amount).toString();
}

function counted(limit: number | null): string {
  if (limit === null) return '-';
  checkCount(limit, 'a limit');
  return String(limit);
}
