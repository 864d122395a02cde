import { describe, expect, it } from '@jest/globals';

import {
  accountId,
  granted,
  keyId,
  keyOf,
  workspaceId,
  workspaceOf,
  type GateScenario,
} from './gate-scenario.contract.js';

/** A key with caps of 500, 600 and 700 in a workspace of 900, of which 10 of the week and 50 of the month are spent. */
function after(held: bigint) {
  return {
    left: {
      keyCapRemainingNanoUsd: 500n - held,
      caps: {
        daily: { limitNanoUsd: 500n, remainingNanoUsd: 500n - held },
        weekly: { limitNanoUsd: 600n, remainingNanoUsd: 590n - held },
        monthly: { limitNanoUsd: 700n, remainingNanoUsd: 700n - held },
        workspace: { limitNanoUsd: 900n, remainingNanoUsd: 850n - held },
      },
    },
  };
}

/** What every reply tells is left of the caps and slots. */
export function describeCapFigures(scenario: () => GateScenario): void {
  describe('what is left of the caps', () => {
    it('is told of each of them, in grants, refusals, growth and readings', async () => {
      const s = scenario();
      await s.start({
        workspaces: [workspaceOf(1, { monthlyBudgetNanoUsd: 900n })],
        keys: [keyOf(1, { dailyCapNanoUsd: 500n, weeklyCapNanoUsd: 600n, monthlyCapNanoUsd: 700n })],
        periods: [
          { scope: 'key', scopeId: keyId(1), period: '2026-W47', spentNanoUsd: 10n, version: 1 },
          { scope: 'workspace', scopeId: workspaceId(1), period: '2026-11', spentNanoUsd: 50n, version: 1 },
        ],
      });
      expect(await s.admit(1, 300n)).toMatchObject(after(300n));
      expect(await s.admit(2, 201n)).toMatchObject({ outcome: 'refused', ...after(300n) });
      expect(await s.grow(1, 400n)).toMatchObject(after(400n));
      const { periods, defaults } = s.request(1, 0n);
      expect(await s.store.read(accountId(1), keyId(1), periods, defaults)).toMatchObject(after(400n));
      expect(await s.finish(1, 250n)).toMatchObject(after(250n));
    });

    it('is below zero for one that was lowered below what is spent, and a cap of 0 admits nothing that costs', async () => {
      const s = scenario();
      await s.start({ keys: [keyOf(1, { dailyCapNanoUsd: 0n }), keyOf(2)] });
      expect(await s.admit(1, 1n)).toMatchObject({
        refusal: { reason: 'key_cap', period: 'daily', availableNanoUsd: 0n },
        left: { caps: { daily: { limitNanoUsd: 0n, remainingNanoUsd: 0n } } },
      });
      expect(granted(await s.admit(1, 0n))).toBe(0n);
      expect(granted(await s.grow(1, 5n))).toBe(0n);
      await s.admit(2, 300n, { keyId: keyId(2) });
      await s.store.apply([
        { accountId: accountId(1), workspaces: [workspaceOf(1, { monthlyBudgetNanoUsd: 0n, version: 2 })] },
      ]);
      expect(await s.admit(3, 1n, { keyId: keyId(2) })).toMatchObject({
        refusal: { reason: 'workspace_budget', availableNanoUsd: 0n },
        left: { caps: { workspace: { limitNanoUsd: 0n, remainingNanoUsd: -300n } } },
      });
      expect(granted(await s.grow(2, 301n))).toBe(300n);
    });

    it('stands beside the lesser of the slots of key and account, and none below zero', async () => {
      const s = scenario();
      await s.start({
        account: { status: 'active', timeZone: 'UTC', concurrency: 3, version: 1 },
        keys: [keyOf(1, { concurrency: 2 }), keyOf(2)],
      });
      expect(await s.admit(1, 1n)).toMatchObject({ left: { concurrencyRemaining: 1 } });
      expect(await s.admit(2, 1n, { keyId: keyId(2) })).toMatchObject({ left: { concurrencyRemaining: 1 } });
      expect(await s.admit(3, 1n)).toMatchObject({ left: { concurrencyRemaining: 0 } });
      await s.store.apply([{ accountId: accountId(1), keys: [keyOf(1, { concurrency: 1, version: 2 })] }]);
      expect(await s.admit(4, 1n)).toMatchObject({
        refusal: { reason: 'key_concurrency', limit: 1 },
        left: { concurrencyRemaining: 0 },
      });
      expect(await s.finish(1, 1n)).toMatchObject({ left: { concurrencyRemaining: 0 } });
      expect(await s.finish(3, 1n)).toMatchObject({ left: { concurrencyRemaining: 1 } });
    });
  });
}
