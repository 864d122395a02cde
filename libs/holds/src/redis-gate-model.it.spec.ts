import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { proofDepth, proofSeed, proofTitle } from '@apilink/testing';
import * as fc from 'fast-check';

import { gateHistories, perform, type GateStep } from './contract/gate-history.contract.js';
import { newOverruns } from './contract/gate-overrun.contract.js';
import { accountId, START_MS } from './contract/gate-scenario.contract.js';
import { startPostgresGate, type PostgresGateUnderTest } from './contract/postgres-gate.contract.js';
import { startRedisGate, type RedisGateUnderTest } from './contract/redis-gate.contract.js';
import type { GateAccountView } from './hold-store.js';
import { MemoryHoldStore } from './memory-hold-store.js';
import { counterEndsAt } from './redis/counter-life.js';

const RUNS = proofDepth({ ci: 300, soak: 10_000 });

describe('the two gates and their model', () => {
  let redis: RedisGateUnderTest;
  let postgres: PostgresGateUnderTest;
  beforeAll(async () => {
    redis = await startRedisGate();
    postgres = await startPostgresGate();
  });
  afterAll(() => Promise.all([redis.close(), postgres.close()]));

  it(
    `answer and know the same in any history, within balance and caps ${proofTitle(RUNS)}`,
    async () => {
      const property = fc.asyncProperty(gateHistories, async (history) => {
        for (const gate of [redis, postgres]) {
          await gate.reset();
          await gate.setClock(START_MS);
        }
        const model = new MemoryHoldStore({ now: () => redis.now() });
        let before: GateAccountView | null = null;
        for (const drawn of history) {
          const step = before === null ? toTheUnknown(drawn) : drawn;
          if (step.kind === 'advance') for (const gate of [redis, postgres]) await gate.setClock(gate.now() + step.ms);
          const answer = await perform(redis.store, step);
          expect(answer).toEqual(await perform(model, step));
          expect(answer).toEqual(await perform(postgres.store, step));
          const view = await redis.store.inspect(accountId(1));
          const expected = await model.inspect(accountId(1));
          expect(within(redis.now(), view)).toEqual(within(redis.now(), expected));
          expect(newOverruns(step, before, view)).toEqual([]);
          before = view;
        }
      });
      await fc.assert(property, { numRuns: RUNS, seed: proofSeed });
    },
    60_000 + RUNS * 1_000,
  );
});

/**
 * What an account that is not loaded is told: a store that can be lost keeps renewals and changes for the load, and no
 * commit creates an account there. Its own suite looks at that; here the two are told what they treat alike.
 */
function toTheUnknown(step: GateStep): GateStep {
  if (step.kind === 'turn') return { ...step, renewals: [] };
  if (step.kind !== 'apply') return step;
  return { ...step, changes: step.changes.map(({ accountId: id, closed = [] }) => ({ accountId: id, closed })) };
}

/** Without the counters of periods long over: each store sweeps them when it comes to it. */
function within(nowMs: number, view: GateAccountView | null): GateAccountView | null {
  if (view === null) return null;
  return { ...view, periods: view.periods.filter(({ period }) => (counterEndsAt(period) ?? Infinity) > nowMs) };
}
