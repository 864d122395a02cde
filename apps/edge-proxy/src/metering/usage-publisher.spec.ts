import { topics } from '@apilink/contracts';
import { MemoryEventLog } from '@apilink/events';
import { afterEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld } from '../rig/edge-world.factory.contract.js';

let world: EdgeWorld;

afterEach(async () => world.close());

async function typesOf(log: MemoryEventLog): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [partition, end] of await log.endOffsets(topics.usage.name)) {
    if (end === 0n) continue;
    for (const event of await log.read(topics.usage.name, partition, 0n, 100)) found.push(event.type);
  }
  return found;
}

describe('what billing is told of a hold', () => {
  it('is one event when its request ends within a gathering: the final says all that the opening would', async () => {
    const eventLog = new MemoryEventLog();
    world = await EdgeWorld.open({ eventLog, tuning: { gatherMs: 3_600_000 } });
    world.alpha.play((call) => call.head().text('Hi').finish().usage(7, 1).done());
    await (await world.chat()).answer();
    await world.application.drain(60_000);
    expect(await typesOf(eventLog)).toEqual(['usage.final']);
  });

  it('is the opening at once when the request goes on: a reaper must know of it before it ends', async () => {
    const eventLog = new MemoryEventLog();
    world = await EdgeWorld.open({ eventLog });
    world.alpha.play((call) => call.head().text('Hello'));
    const arriving = world.alpha.nextCall();
    const client = await world.chat();
    const call = await arriving;
    await client.until('Hello');
    while ((await typesOf(eventLog)).length === 0) await world.get('/api/hello');
    expect(await typesOf(eventLog)).toEqual(['hold.opened']);
    call.finish().usage(7, 1).done();
    await client.until('[DONE]');
    await world.final();
    expect(await typesOf(eventLog)).toEqual(['hold.opened', 'usage.final']);
  });
});
