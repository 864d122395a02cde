import { MemoryEventLog } from '@apilink/events';
import { MemoryHoldStore } from '@apilink/holds';
import { afterEach, describe, expect, it } from '@jest/globals';

import { accountId, EdgeWorld } from './rig/edge-world.factory.contract.js';

let worlds: EdgeWorld[] = [];

afterEach(async () => {
  for (const world of worlds) await world.close();
  worlds = [];
});

describe('two edges on one gate', () => {
  it('refuse a revoked key and a lowered cap with their next request: nothing of either is remembered', async () => {
    const store = new MemoryHoldStore({ now: Date.now });
    const eventLog = new MemoryEventLog();
    const one = await EdgeWorld.open({ store, eventLog });
    worlds.push(one);
    const other = await EdgeWorld.open({ store, eventLog, apiKey: one.apiKey });
    worlds.push(other);
    // The table knows the second world's providers; both edges use it.
    for (const upstream of worlds.flatMap(({ alpha, beta }) => [alpha, beta])) {
      upstream.play((call) => call.head().text('Hi').finish().usage(7, 1).done());
    }
    const ask = async (): Promise<number[]> => {
      const statuses: number[] = [];
      for (const world of worlds) statuses.push((await (await world.chat()).answer()).status);
      return statuses;
    };
    expect(await ask()).toEqual([200, 200]);
    const view = await one.gate();
    const [key] = view.keys;
    if (key === undefined) throw new Error('the key is not loaded');
    await store.apply([{ accountId, keys: [{ ...key, dailyCapNanoUsd: 1n, version: 2 }] }]);
    expect(await ask()).toEqual([402, 402]);
    await store.apply([{ accountId, keys: [{ ...key, status: 'revoked', version: 3 }] }]);
    expect(await ask()).toEqual([401, 401]);
  });
});
