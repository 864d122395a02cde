import { HoldStoreUnavailable, type HoldStore } from '@apilink/holds';
import { afterEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld } from '../rig/edge-world.factory.contract.js';

let world: EdgeWorld;

afterEach(async () => world.close());

describe('an admission whose answer was lost', () => {
  it('is given back as soon as the gate listens again, not when it expires', async () => {
    let failures = 0;
    const held: bigint[] = [];
    const flaky = (store: HoldStore): HoldStore => ({
      ...bound(store),
      admit: async (request) => {
        const reply = await store.admit(request);
        if (reply.outcome === 'granted') held.push(reply.grantedNanoUsd);
        throw new HoldStoreUnavailable('no answer within 1000 ms');
      },
      resize: async (request) => {
        failures++;
        if (failures <= 2) throw new HoldStoreUnavailable('no answer within 1000 ms');
        return store.resize(request);
      },
    });
    world = await EdgeWorld.open({ wrapStore: flaky });
    const answer = await (await world.chat()).answer();
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([503, 'billing_unavailable']);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(held).toHaveLength(1);
    while ((await world.gate()).heldNanoUsd > 0n) await world.get('/api/hello');
    expect(failures).toBe(3);
    expect(world.finals).toEqual([]);
  });

  it('is given back at the end of the process at the latest', async () => {
    let isAway = true;
    const away = (store: HoldStore): HoldStore => ({
      ...bound(store),
      admit: async (request) => {
        await store.admit(request);
        throw new HoldStoreUnavailable('no answer within 1000 ms');
      },
      resize: async (request) => {
        if (isAway) throw new HoldStoreUnavailable('no answer within 1000 ms');
        return store.resize(request);
      },
    });
    world = await EdgeWorld.open({ wrapStore: away });
    expect((await (await world.chat()).answer()).status).toBe(503);
    expect((await world.gate()).heldNanoUsd).toBeGreaterThan(0n);
    isAway = false;
    await world.application.drain(1_000);
    await world.application.close();
    expect((await world.gate()).heldNanoUsd).toBe(0n);
  });
});

function bound(store: HoldStore): HoldStore {
  return {
    admit: async (request) => store.admit(request),
    resize: async (request) => store.resize(request),
    renew: async (request) => store.renew(request),
    read: async (...question) => store.read(...question),
    findKey: async (hash) => store.findKey(hash),
    isHoldOpen: async (...question) => store.isHoldOpen(...question),
    close: async () => store.close(),
  };
}
