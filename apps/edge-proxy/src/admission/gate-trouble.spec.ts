import { HoldStoreUnavailable, MemoryHoldStore, type AdmitRequest, type HoldStore } from '@apilink/holds';
import { createApiKey } from '@apilink/service';
import { afterEach, describe, expect, it } from '@jest/globals';

import { accountId, EdgeWorld, keyId, workspaceId, type WorldOptions } from '../rig/edge-world.factory.contract.js';

let world: EdgeWorld;

afterEach(async () => world.close());

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

async function open(options: WorldOptions): Promise<void> {
  world = await EdgeWorld.open(options);
  world.alpha.play((call) => call.head().text('Hi').finish().usage(7, 1).done());
}

async function codeOf(headers: Record<string, string> = {}): Promise<[number, string]> {
  const answer = await (await world.chat({}, headers)).answer();
  return [answer.status, answer.status === 200 ? '' : JSON.parse(answer.body).error.code];
}

describe('while the gate is away', () => {
  it('every key gets 503 and never 401 or 429, also one that this edge has not seen, however often it comes', async () => {
    await open({
      wrapStore: (store) => ({
        ...bound(store),
        admit: async () => Promise.reject(new HoldStoreUnavailable('away')),
        findKey: async () => Promise.reject(new HoldStoreUnavailable('away')),
      }),
    });
    const keys = Array.from({ length: 130 }, () => createApiKey().apiKey);
    for (const apiKey of [world.apiKey, ...keys]) {
      expect(await codeOf({ authorization: `Bearer ${apiKey}` })).toEqual([503, 'billing_unavailable']);
    }
    expect((await world.get('/v1/key')).status).toBe(503);
  });

  it('running streams finish, and the edge admits again as soon as it is back', async () => {
    let isAway = false;
    const away = async <Reply>(ask: () => Promise<Reply>): Promise<Reply> =>
      isAway ? Promise.reject(new HoldStoreUnavailable('away')) : ask();
    await open({
      env: { HOLD_EXPIRY: '60ms' },
      wrapStore: (store) => ({
        ...bound(store),
        admit: async (request) => away(async () => store.admit(request)),
        resize: async (request) => away(async () => store.resize(request)),
        renew: async (request) => away(async () => store.renew(request)),
      }),
    });
    world.alpha.play((call) => call.head().text('Hello'));
    const arriving = world.alpha.nextCall();
    const running = await world.chat();
    const call = await arriving;
    await running.until('Hello');
    isAway = true;
    expect((await codeOf())[0]).toBe(503);
    call.text(' world').finish().usage(7, 2).done();
    await running.until('[DONE]');
    expect(await world.final()).toMatchObject({ outcome: 'completed' });
    isAway = false;
    world.alpha.play((next) => next.head().text('Hi').finish().usage(7, 1).done());
    expect((await codeOf())[0]).toBe(200);
  });
});

describe('while the gate is quiet after a loss', () => {
  it('new requests get 503 and come back after one second', async () => {
    await open({ wrapStore: (store) => ({ ...bound(store), admit: async () => ({ outcome: 'quiet' }) }) });
    const answer = await (await world.chat()).answer();
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([503, 'billing_unavailable']);
    expect(answer.headers.get('retry-after')).toBe('1');
  });
});

describe('an account that the gate does not know', () => {
  it('is asked of billing once, however many requests wait for it, and each of them is admitted then', async () => {
    let isLoaded = false;
    await open({
      wrapStore: (store) => ({
        ...bound(store),
        admit: async (request) => (isLoaded ? store.admit(request) : { outcome: 'not_loaded' }),
      }),
    });
    world.billing.answer = () => {
      isLoaded = true;
      return { status: 204 };
    };
    // Known to the edge before, so that all of them come to the admission at once.
    await world.get('/v1/key');
    const clients = await Promise.all(Array.from({ length: 20 }, async () => world.chat()));
    const statuses = await Promise.all(clients.map(async (client) => (await client.answer()).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(world.billing.asked.filter((path) => path.endsWith('account-loads'))).toHaveLength(1);
  });

  it('is 503 when billing cannot load it, and is asked once more by the next request', async () => {
    await open({ wrapStore: (store) => ({ ...bound(store), admit: async () => ({ outcome: 'not_loaded' }) }) });
    world.billing.answer = () => ({ status: 503 });
    for (let time = 1; time <= 2; time++) {
      expect(await codeOf()).toEqual([503, 'billing_unavailable']);
      expect(world.billing.asked.filter((path) => path.endsWith('account-loads'))).toHaveLength(time);
    }
  });
});

describe('a key whose account moves to another time zone', () => {
  it('counts in the periods of the new one on an edge that knows it already', async () => {
    let aheadMs = 0;
    let timeZone = 'UTC';
    const asked: AdmitRequest[] = [];
    const now = (): number => Date.UTC(2026, 10, 22, 20) + aheadMs;
    await open({
      tuning: { now },
      // The gate's clock is the one that counts: both stand at the same instant.
      store: new MemoryHoldStore({ now }),
      wrapStore: (store) => ({
        ...bound(store),
        admit: async (request) => {
          asked.push(request);
          return store.admit(request);
        },
        findKey: async () => ({ accountId, workspaceId, keyId, timeZone }),
      }),
    });
    await codeOf();
    timeZone = 'Asia/Shanghai';
    aheadMs = 11_000;
    await codeOf();
    await codeOf();
    expect(asked.map(({ periods }) => periods.day.current)).toEqual(['2026-11-22', '2026-11-22', '2026-11-23']);
  });
});

describe('clocks that differ by five minutes', () => {
  const midnight = Date.UTC(2026, 10, 23);

  it.each([
    ['ahead of the gate, which is before midnight', midnight + 240_000, midnight - 60_000, '2026-11-22'],
    ['ahead of the gate, which is past midnight', midnight + 300_000, midnight + 1_000, '2026-11-23'],
    ['behind the gate, which is past midnight', midnight - 240_000, midnight + 60_000, '2026-11-23'],
    ['behind the gate, which is before midnight', midnight - 360_000, midnight - 60_000, '2026-11-22'],
  ])('let the gate pick its own day, on an edge %s, from the first request on', async (_name, edgeAt, gateAt, day) => {
    await open({ store: new MemoryHoldStore({ now: () => gateAt }), tuning: { now: () => edgeAt } });
    for (let count = 1; count <= 2; count++) {
      expect((await codeOf())[0]).toBe(200);
      const final = await world.final(count);
      expect([final.periods.day, final.openedAt]).toEqual([day, gateAt]);
    }
    expect(await world.application.metrics()).toMatch(
      new RegExp(`^apilink_clock_difference_seconds\\{[^}]*\\} ${(gateAt - edgeAt) / 1000}$`, 'm'),
    );
  });
});
