import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { proofDepth, proofSeed, proofTitle } from '@apilink/testing';
import * as fc from 'fast-check';

import { gateHistories, perform } from './contract/gate-history.contract.js';
import { newOverruns } from './contract/gate-overrun.contract.js';
import { accountId, START_MS } from './contract/gate-scenario.contract.js';
import { startPostgresGate, type PostgresGateUnderTest } from './contract/postgres-gate.contract.js';
import type { GateAccountView } from './hold-store.js';
import { MemoryHoldStore } from './memory-hold-store.js';

const RUNS = proofDepth({ ci: 300, soak: 10_000 });

describe('the embedded gate and its model', () => {
  let gate: PostgresGateUnderTest;
  beforeAll(async () => {
    gate = await startPostgresGate();
  });
  afterAll(() => gate.close());

  it(
    `answer and know the same in any history, within balance and caps ${proofTitle(RUNS)}`,
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
      await fc.assert(property, { numRuns: RUNS, seed: proofSeed });
    },
    60_000 + RUNS * 500,
  );
});
