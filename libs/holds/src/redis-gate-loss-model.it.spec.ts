import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { proofDepth, proofSeed, proofTitle } from '@apilink/testing';
import * as fc from 'fast-check';

import { GateLossWorld } from './contract/gate-loss-world.contract.js';
import { QUIET_MS, startRedisGate, type RedisGateUnderTest } from './contract/redis-gate.contract.js';

const RUNS = proofDepth({ ci: 500, soak: 20_000 });

type Step = readonly [name: string, run: (world: GateLossWorld) => Promise<void> | void];

/** Few and large: what is admitted once too often is then more than the balance or the cap. */
const number = fc.integer({ min: 1, max: 5 });
const amount = fc.bigInt({ min: 10n, max: 80n });

const loss: fc.Arbitrary<readonly Step[]> = fc.constantFrom<readonly Step[]>(
  [['lose and load', loseAndLoad]],
  [
    ['lose', (w) => w.lose()],
    ['watch', (w) => w.watch()],
  ],
  [['lose', (w) => w.lose()]],
  [
    ['fail over', (w) => w.failOver()],
    ['watch', (w) => w.watch()],
  ],
);

describe('a gate that may be lost', () => {
  let gate: RedisGateUnderTest;
  beforeAll(async () => {
    gate = await startRedisGate();
  });
  afterAll(() => gate.close());

  const advance = fc
    .constantFrom(1_000, QUIET_MS, 45_000)
    .map((ms): Step => [`clock +${ms}`, () => gate.setClock(gate.now() + ms)]);
  const some = fc.array(stepOf(advance), { minLength: 4, maxLength: 16, size: 'max' });
  /** Every history has losses in its middle: what is left to chance is what happens around them. */
  const histories = fc.tuple(some, loss, some, loss, some).map((parts) => parts.flat());

  it(
    `confirms nothing that the ledger cannot post, whatever is lost ${proofTitle(RUNS)}`,
    async () => {
      const property = fc.asyncProperty(histories, async (history) => {
        const world = new GateLossWorld(gate);
        await world.start();
        for (const [, run] of history) {
          await run(world);
          await world.checkSums();
          expect(world.violations).toEqual([]);
        }
        await world.rest();
        expect(world.violations).toEqual([]);
      });
      await fc.assert(property, { numRuns: RUNS, seed: proofSeed });
    },
    60_000 + RUNS * 1_000,
  );
});

function stepOf(advance: fc.Arbitrary<Step>): fc.Arbitrary<Step> {
  const one = (weight: number, arbitrary: fc.Arbitrary<Step>) => ({ weight, arbitrary });
  const always = (weight: number, ...step: Step) => one(weight, fc.constant(step));
  return fc.oneof(
    one(
      6,
      fc
        .tuple(number, amount, amount)
        .map(([n, a, b]): Step => [`admit ${n} ${a}, grow ${b}`, (w) => admitAndGrow(w, n, [a, b])]),
    ),
    one(
      8,
      fc.tuple(number, amount).map(([n, a]): Step => [`admit ${n} ${a}`, (w) => w.admit(n, a)]),
    ),
    one(
      4,
      fc.tuple(number, amount).map(([n, a]): Step => [`grow ${n} ${a}`, (w) => w.grow(n, a)]),
    ),
    one(
      4,
      fc.tuple(number, amount).map(([n, a]): Step => [`finish ${n} ${a}`, (w) => w.finish(n, a)]),
    ),
    one(
      4,
      number.map((n): Step => [`publish ${n}`, (w) => w.publish(n)]),
    ),
    one(
      5,
      fc.integer({ min: 0, max: 4 }).map((part): Step => [`renew but ${part}`, (w) => w.renew(part)]),
    ),
    one(
      4,
      fc.integer({ min: 1, max: 3 }).map((events): Step => [`consume ${events}`, (w) => w.consume(events)]),
    ),
    one(
      5,
      fc.boolean().map((again): Step => [`write ${again}`, (w) => w.write(again)]),
    ),
    one(
      2,
      amount.map((a): Step => [`top up ${a}`, (w) => w.topUp(a)]),
    ),
    one(4, advance),
    one(
      6,
      fc.tuple(number, amount).map(([n, a]): Step => [`settle ${n} ${a}`, (w) => settle(w, n, a)]),
    ),
    always(3, 'read for a load', (w) => w.readForLoad()),
    always(4, 'write the load', (w) => w.writeLoad()),
    always(2, 'settle late', (w) => w.settleLate()),
    always(2, 'reap', (w) => w.reap()),
    always(2, 'replicate', (w) => w.replicate()),
    always(3, 'watch', (w) => w.watch()),
    always(2, 'compare', (w) => w.compare()),
  );
}

async function admitAndGrow(
  world: GateLossWorld,
  request: number,
  [first, grown]: readonly [bigint, bigint],
): Promise<void> {
  await world.admit(request, first);
  await world.grow(request, grown);
}

async function settle(world: GateLossWorld, request: number, metered: bigint): Promise<void> {
  await world.finish(request, metered);
  world.publish(request);
  world.consume(Infinity);
}

async function loseAndLoad(world: GateLossWorld): Promise<void> {
  await world.lose();
  await world.watch();
  world.readForLoad();
  await world.writeLoad();
}
