import type { GateAccountView } from '../hold-store.js';
import type { GateStep } from './gate-history.contract.js';

/** What only billing may do, by its ledger: take a balance or a cap below what is held. */
const OF_THE_LEDGER: ReadonlySet<GateStep['kind']> = new Set(['apply', 'load']);

/** Balances and caps that a step of the gate itself has overrun, or overrun further. */
export function newOverruns(step: GateStep, before: GateAccountView | null, after: GateAccountView | null): string[] {
  if (after === null || before === null || OF_THE_LEDGER.has(step.kind)) return [];
  const earlier = new Map(leftOvers(before));
  return leftOvers(after)
    .filter(([name, left]) => left < 0n && left < (earlier.get(name) ?? 0n))
    .map(([name, left]) => `${name}: ${left}`);
}

/** What balance, caps and budgets leave, in each period that holds count in. */
function leftOvers(view: GateAccountView): [string, bigint][] {
  const left: [string, bigint][] = [['balance', view.balance.postedNanoUsd - view.heldNanoUsd]];
  const capOf = (scope: string, scopeId: string, period: string): bigint | null => {
    if (scope === 'workspace') {
      return view.workspaces.find(({ workspaceId }) => workspaceId === scopeId)?.monthlyBudgetNanoUsd ?? null;
    }
    const key = view.keys.find(({ keyId }) => keyId === scopeId);
    if (key === undefined || period === 'total') return null;
    if (period.includes('W')) return key.weeklyCapNanoUsd;
    return period.length > 7 ? key.dailyCapNanoUsd : key.monthlyCapNanoUsd;
  };
  for (const { scope, scopeId, period, heldNanoUsd } of view.heldByPeriod) {
    const cap = capOf(scope, scopeId, period);
    const spent = view.periods.find((spend) => spend.scopeId === scopeId && spend.period === period);
    if (cap !== null) left.push([`${scopeId} ${period}`, cap - heldNanoUsd - (spent?.spentNanoUsd ?? 0n)]);
  }
  return left;
}
