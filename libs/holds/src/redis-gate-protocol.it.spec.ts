import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  choicesTo,
  isConfigurationName,
  proofDepth,
  proofSeed,
  proofTitle,
  protocolConfigurations,
  ProtocolWalk,
  type ProtocolConfigurationName,
} from '@apilink/testing';
import * as fc from 'fast-check';

import { ProtocolReplay } from './contract/protocol-replay.contract.js';
import { startRedisGate, type RedisGateUnderTest } from './contract/redis-gate.contract.js';

const RUNS = proofDepth({ ci: 400, soak: 20_000 });
const STEPS_MAX = 60;

const names = Object.keys(protocolConfigurations).filter(isConfigurationName);
/** Which of the steps that may be next is taken, each time. */
const walks = fc.record({
  configuration: fc.constantFrom(...names),
  choices: fc.array(fc.nat({ max: 5_039 }), { minLength: 8, maxLength: STEPS_MAX, size: 'max' }),
});

const stepsOnTheGate: readonly (readonly [string, ProtocolConfigurationName])[] = [
  ['admit', 'ordinary'],
  ['admit, answer lost', 'ordinary'],
  ['admit is gone', 'crashAndCut'],
  ['release', 'ordinary'],
  ['grow', 'ordinary'],
  ['grow, answer lost', 'ordinary'],
  ['finish', 'ordinary'],
  ['finish, answer lost', 'ordinary'],
  ['renew', 'ordinary'],
  ['delayed admit arrives', 'ordinary'],
  ['delayed grow arrives', 'ordinary'],
  ['delayed final arrives', 'ordinary'],
  ['delayed renew arrives', 'ordinary'],
  ['reaper marks', 'ordinary'],
  ['reaper restores', 'lostAndCrashed'],
  ['reaper cannot restore', 'lostAndCrashed'],
  ['reaper finds a tombstone', 'ordinary'],
  ['tell the gate', 'ordinary'],
  ['copy of a row arrives', 'ordinary'],
  ['late settlement reserves', 'lostAndCrashed'],
  ['refund takes its hold', 'refunded'],
  ['the gate is lost', 'lost'],
  ['the replica takes over', 'failedOver'],
  ['billing begins an epoch', 'lost'],
  ['the quiet interval is over', 'lost'],
  ['billing compares', 'failedOver'],
  ['load writes', 'lost'],
  ['load is refused', 'lostTwiceAndCut'],
  ['load reads again', 'lost'],
];

describe('the scripts of Redis and the model of the protocol', () => {
  let gate: RedisGateUnderTest;
  beforeAll(async () => {
    gate = await startRedisGate();
  });
  afterAll(() => gate.close());

  async function expectSame(
    configuration: ProtocolConfigurationName,
    choices: readonly number[],
  ): Promise<ProtocolWalk> {
    const walk = new ProtocolWalk(configuration);
    const replay = new ProtocolReplay(gate, walk);
    await replay.start();
    for (const choice of choices) {
      const walked = walk.take(choice);
      if (walked === null) break;
      await replay.follow(walked);
      const known = { history: walk.history, differences: replay.differences, gate: await replay.observe() };
      expect(known).toEqual({ ...known, differences: [], gate: replay.expect(walk.state) });
      await replay.expectRefusals();
    }
    return walk;
  }

  it(
    `answer and know the same after every step of any history ${proofTitle(RUNS)}`,
    async () => {
      const property = fc.asyncProperty(walks, async ({ configuration, choices }) => {
        await expectSame(configuration, choices);
      });
      await fc.assert(property, { numRuns: RUNS, seed: proofSeed });
    },
    120_000 + RUNS * 1_000,
  );

  /** Nothing of the model goes without its counterpart for want of a history that comes to it. */
  it.each(stepsOnTheGate)(
    'answer and know the same after the shortest history to `%s`',
    async (name, configuration) => {
      const choices = choicesTo(name, { configuration, without: null, statesMax: 100_000 });
      if (choices === null) throw new Error(`no history of ${configuration} comes to "${name}"`);
      expect((await expectSame(configuration, choices)).history.at(-1)).toContain(name);
    },
  );
});
