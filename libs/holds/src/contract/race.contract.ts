import { describe, expect, it } from '@jest/globals';

import type { AccountSnapshot, AdmitReply, GateKey } from '../hold-store.js';
import { accountId, granted, holdId, keyId, keyOf, workspaceOf, type GateScenario } from './gate-scenario.contract.js';

const ASKED = 120;

/** What many ask at once: nothing is promised twice, and nothing that is there is held back. */
export function describeRaces(scenario: () => GateScenario): void {
  describe('of 120 requests at once', () => {
    itAdmitsWhatIsThere(scenario);
    itGrowsAsFarAsThereIs(scenario);
  });
}

async function admitAll(s: GateScenario, amountNanoUsd: bigint, leastNanoUsd: bigint): Promise<AdmitReply[]> {
  return Promise.all(
    Array.from({ length: ASKED }, (_, index) => {
      const of = { leastNanoUsd, tokens: 10, keyId: keyId(1 + (index % 2)) };
      return s.admit(index + 1, amountNanoUsd, of);
    }),
  );
}

function tally(replies: readonly AdmitReply[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const reply of replies) counts[String(granted(reply))] = (counts[String(granted(reply))] ?? 0) + 1;
  return counts;
}

/** Both keys have the same limits. */
function keysWith(limits: Partial<GateKey>): Pick<AccountSnapshot, 'keys'> {
  return { keys: [keyOf(1, limits), keyOf(2, limits)] };
}

const both = keysWith({});

function itAdmitsWhatIsThere(scenario: () => GateScenario): void {
  it.each<[string, Partial<AccountSnapshot>, Record<string, number>]>([
    ['the balance', both, { 30: 33, 10: 1, balance: 86 }],
    ['a daily cap', keysWith({ dailyCapNanoUsd: 100n }), { 30: 6, 10: 2, key_cap: 112 }],
    ['a weekly cap', keysWith({ weeklyCapNanoUsd: 100n }), { 30: 6, 10: 2, key_cap: 112 }],
    ['a monthly cap', keysWith({ monthlyCapNanoUsd: 100n }), { 30: 6, 10: 2, key_cap: 112 }],
    [
      'the narrowest of three caps',
      keysWith({ dailyCapNanoUsd: 400n, weeklyCapNanoUsd: 90n, monthlyCapNanoUsd: 95n }),
      { 30: 6, key_cap: 114 },
    ],
    [
      'the budget of a workspace',
      { ...both, workspaces: [workspaceOf(1, { monthlyBudgetNanoUsd: 200n })] },
      { 30: 6, 20: 1, workspace_budget: 113 },
    ],
    ['requests a minute', keysWith({ requestsPerMinute: 7 }), { 30: 14, requests_per_minute: 106 }],
    ['tokens a minute', keysWith({ tokensPerMinute: 75 }), { 30: 14, tokens_per_minute: 106 }],
    ['the slots of a key', keysWith({ concurrency: 3 }), { 30: 6, key_concurrency: 114 }],
    [
      'the slots of an account',
      { ...both, account: { status: 'active', timeZone: 'UTC', concurrency: 5, version: 1 } },
      { 30: 5, account_concurrency: 115 },
    ],
  ])('as many are admitted as %s affords, and the rest is refused for that', async (_name, limits, expected) => {
    const s = scenario();
    await s.start(limits);
    expect(tally(await admitAll(s, 30n, 10n))).toEqual(expected);
    const { heldNanoUsd, holds, running } = await s.view();
    expect(heldNanoUsd).toBe(holds.reduce((sum, { amountNanoUsd }) => sum + amountNanoUsd, 0n));
    expect(running).toBe(holds.length);
  });
}

function itGrowsAsFarAsThereIs(scenario: () => GateScenario): void {
  it.each<[string, bigint, Partial<AccountSnapshot>]>([
    ['the balance', 1_000n, both],
    [
      'the caps of their keys',
      2n * 205n,
      keysWith({ dailyCapNanoUsd: 300n, weeklyCapNanoUsd: 205n, monthlyCapNanoUsd: 900n }),
    ],
    ['the budget of their workspace', 333n, { ...both, workspaces: [workspaceOf(1, { monthlyBudgetNanoUsd: 333n })] }],
  ])('that run, all grow until %s is used up to the last nano, and none beyond', async (_name, most, limits) => {
    const s = scenario();
    await s.start(limits);
    await admitAll(s, 1n, 1n);
    const rounds = [20n, 40n, 7n, 60n].map((target) =>
      Promise.all(
        Array.from({ length: ASKED }, (_, index) => {
          const isLast = target === 60n && index % 5 === 0;
          const request = { accountId: accountId(1), holdId: holdId(index + 1), targetNanoUsd: target, tokens: 50 };
          return s.store.resize({ ...request, final: isLast });
        }),
      ),
    );
    const told = (await Promise.all(rounds)).at(-1) ?? [];
    const { heldNanoUsd, holds } = await s.view();
    expect(heldNanoUsd).toBe(most);
    expect(told.reduce((sum, reply) => sum + (reply.outcome === 'resized' ? reply.grantedNanoUsd : 0n), 0n)).toBe(most);
    // Growth takes nothing away from anybody.
    expect(holds).toHaveLength(ASKED);
    expect(holds.every(({ amountNanoUsd }) => amountNanoUsd >= 1n && amountNanoUsd <= 60n)).toBe(true);
  });
}
