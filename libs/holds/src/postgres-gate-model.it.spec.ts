import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { gateHistories, perform, type GateStep } from './contract/gate-history.contract.js';
import { accountId, START_MS } from './contract/gate-scenario.contract.js';
import { startPostgresGate, type PostgresGateUnderTest } from './contract/postgres-gate.contract.js';
import type { GateAccountView } from './hold-store.js';
import { MemoryHoldStore } from './memory-hold-store.js';

const RUNS = Number(process.env['FC_RUNS'] ?? 300);
const SEED = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);

describe('the embedded gate and its model', () => {
  let gate: PostgresGateUnderTest;
  beforeAll(async () => {
    gate = await startPostgresGate();
  });
  afterAll(() => gate.close());

  it(
    `answer and know the same in any history, within balance and caps (${RUNS} runs, FC_SEED=${SEED})`,
    async () => {
      const property = fc.asyncProperty(gateHistories, async (history) => {
        await gate.reset();
        await gate.setClock(START_MS);
        const model = new MemoryHoldStore({ now: () => gate.now() });
        let before: GateAccountView | null = null;
        for (const step of history) {
          if (step.kind === 'advance') await gate.setClock(gate.now() + step.ms);
          const [answer, expected] = [await perform(gate.store, step), await perform(model, step)];
          expect(answer).toEqual(expected);
          const view = await gate.store.inspect(accountId(1));
          expect(view).toEqual(await model.inspect(accountId(1)));
          expect(newOverruns(step, before, view)).toEqual([]);
          before = view;
        }
      });
      await fc.assert(property, { numRuns: RUNS, seed: SEED });
    },
    60_000 + RUNS * 500,
  );
});

/** What only billing may do, by its ledger: take a balance or a cap below what is held. */
const OF_THE_LEDGER: ReadonlySet<GateStep['kind']> = new Set(['apply', 'load']);

/** Balances and caps that a step of the gate itself has overrun, or overrun further. */
function newOverruns(step: GateStep, before: GateAccountView | null, after: GateAccountView | null): string[] {
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
