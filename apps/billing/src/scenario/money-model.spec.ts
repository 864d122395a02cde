import { describe, expect, it } from '@jest/globals';
import { proofDepth, proofSeed, proofTitle } from '@apilink/testing';
import * as fc from 'fast-check';

import { MoneyWorld } from './money-world.factory.js';

const RUNS = proofDepth({ ci: 2_000, soak: 200_000 });

type Step = readonly [name: string, run: (world: MoneyWorld) => Promise<void> | void];

const number = fc.integer({ min: 1, max: 5 });
const amount = fc.bigInt({ min: 1n, max: 120n });
const output = fc.integer({ min: 0, max: 50 });
const answered = fc.boolean();

/** Small numbers of everything, so that histories meet: the same requests again, a balance that is nearly spent. */
const step: fc.Arbitrary<Step> = fc.oneof(
  weighted(8, fc.tuple(number, amount, answered), 'admit', (world, [n, a, is]) => world.admit(n, a, is)),
  weighted(4, fc.tuple(number, amount, answered), 'grow', (world, [n, a, is]) => world.grow(n, a, is)),
  weighted(6, fc.tuple(number, output, answered), 'finish', (world, [n, o, is]) => world.finish(n, o, is)),
  weighted(6, number, 'publish', (world, n) => world.publish(n)),
  weighted(2, number, 'crash', (world, n) => world.crash(n)),
  weighted(3, fc.constant(null), 'renew', (world) => world.renew()),
  weighted(6, fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 5 }), answered), 'consume', (world, [from, count, moves]) =>
    world.consume(from, count, moves),
  ),
  weighted(5, answered, 'tell', (world, again) => world.tell(again)),
  weighted(1, amount, 'top up', (world, a) => world.topUp(a)),
  weighted(3, fc.constantFrom(1_000, 45_000, 91_000), 'reap', (world, ms) => world.reap(ms)),
);

describe('the pure core of the money', () => {
  it(`charges each request once, within balance and cap, in any history ${proofTitle(RUNS)}`, async () => {
    const histories = fc.array(step, { minLength: 6, maxLength: 40, size: 'max' });
    const property = fc.asyncProperty(histories, async (history) => {
      const world = new MoneyWorld();
      const steps = history.map(([name]) => name);
      await world.start();
      for (const [, run] of history) {
        await run(world);
        await world.check();
        expect({ steps, broken: world.broken }).toEqual({ steps, broken: [] });
      }
      await world.rest();
      expect({ steps, broken: world.broken }).toEqual({ steps, broken: [] });
    });
    await fc.assert(property, { numRuns: RUNS, seed: proofSeed });
  }, 3_600_000);
});

function weighted<Drawn>(
  weight: number,
  drawn: fc.Arbitrary<Drawn>,
  name: string,
  run: (world: MoneyWorld, value: Drawn) => Promise<void> | void,
): fc.MaybeWeightedArbitrary<Step> {
  const told = (value: Drawn) =>
    JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? `${one}` : one));
  const arbitrary = drawn.map((value): Step => [`${name} ${told(value)}`, (world) => run(world, value)]);
  return { weight, arbitrary };
}
