import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { HoldStore } from '@apilink/holds';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld, OUTPUT_NANO_USD, type WorldOptions } from '../rig/edge-world.factory.contract.js';
import { diskOf, FlakyLog, spooledBytes, untilSpooled } from '../rig/flaky-log.factory.contract.js';
import type { SegmentFile } from './spool.repository.js';

let worlds: EdgeWorld[] = [];
let dataDir = '';

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'edge-'));
});

afterEach(async () => {
  for (const world of worlds) await world.close();
  worlds = [];
  await rm(dataDir, { recursive: true, force: true });
});

async function open(options: WorldOptions): Promise<EdgeWorld> {
  const world = await EdgeWorld.open({ dataDir, ...options });
  worlds.push(world);
  world.alpha.play((call) => call.head().text('Hi').finish().usage(7, 1).done());
  return world;
}

describe('usage events while the event log is away', () => {
  it('are kept on the disk unseen by clients, and reach the log once when it is back', async () => {
    const flaky = new FlakyLog();
    const world = await open({ eventLog: flaky.log });
    flaky.isAway = true;
    for (let time = 0; time < 3; time++) expect((await (await world.chat()).answer()).body).toContain('[DONE]');
    await untilSpooled(world);
    expect(world.finals).toEqual([]);
    flaky.isAway = false;
    await world.final(3);
    expect(new Set(world.finals.map((final) => final.generationId)).size).toBe(3);
    expect(world.finals.every((final) => final.chargeNanoUsd === 7_000n + OUTPUT_NANO_USD)).toBe(true);
    while ((await spooledBytes(world)) > 0) await world.get('/api/hello');
  });

  it('survive a kill: the next process renews their holds and settles them once', async () => {
    const flaky = new FlakyLog();
    const first = await open({ eventLog: flaky.log });
    flaky.isAway = true;
    await (await first.chat()).answer();
    await untilSpooled(first);
    // The first process is never drained; its replay cannot reach the log either.
    const renewed: string[] = [];
    const second = await open({
      dataDir: await diskOf(first),
      env: { HOLD_EXPIRY: '60ms' },
      wrapStore: (store) => ({
        admit: async (request) => store.admit(request),
        resize: async (request) => store.resize(request),
        renew: async (request) => {
          renewed.push(...request.holds.map((hold) => hold.holdId));
          return store.renew(request);
        },
        read: async (...question) => store.read(...question),
        findKey: async (hash) => store.findKey(hash),
        isHoldOpen: async (account, hold) => store.isHoldOpen(account, hold),
        close: async () => store.close(),
      }),
    });
    const final = await second.final();
    expect(final).toMatchObject({ outcome: 'completed', chargeNanoUsd: 7_000n + OUTPUT_NANO_USD });
    expect(renewed.every((id) => id === final.generationId)).toBe(true);
    while ((await spooledBytes(second)) > 0) await second.get('/api/hello');
    expect(second.finals).toHaveLength(1);
  });

  it('are on the disk after a quarter of a second without an answer, and once in the log when it answers after all', async () => {
    const flaky = new FlakyLog();
    const world = await open({ eventLog: flaky.log });
    flaky.isHanging = true;
    await (await world.chat()).answer();
    await untilSpooled(world);
    expect(world.finals).toEqual([]);
    flaky.answer();
    await world.final();
    while ((await spooledBytes(world)) > 0) await world.get('/api/hello');
    expect(world.finals).toHaveLength(1);
  });

  it('are on the disk at once when the log is known to be away: it is not asked for each', async () => {
    const flaky = new FlakyLog();
    const world = await open({ eventLog: flaky.log });
    flaky.isHanging = true;
    await (await world.chat()).answer();
    await untilSpooled(world);
    const { asked } = flaky;
    const before = await spooledBytes(world);
    await (await world.chat()).answer();
    while ((await spooledBytes(world)) === before) await world.get('/api/hello');
    expect(flaky.asked).toBe(asked);
    flaky.answer();
    await world.final(2);
  });

  it('are on the disk although a replay of earlier ones hangs', async () => {
    const flaky = new FlakyLog();
    const world = await open({ eventLog: flaky.log });
    flaky.isAway = true;
    await (await world.chat()).answer();
    await untilSpooled(world);
    flaky.isHanging = true;
    flaky.isAway = false;
    const { asked } = flaky;
    while (flaky.asked === asked) await world.get('/api/hello');
    const before = await spooledBytes(world);
    await (await world.chat()).answer();
    while ((await spooledBytes(world)) === before) await world.get('/api/hello');
    expect(world.finals).toEqual([]);
    flaky.answer();
    await world.final(2);
    expect(new Set(world.finals.map((final) => final.generationId)).size).toBe(2);
  });

  it('tell the epoch in which the gate last confirmed their hold, also after a loss that came while they waited', async () => {
    const flaky = new FlakyLog();
    let epoch = 1;
    const world = await open({
      eventLog: flaky.log,
      env: { HOLD_EXPIRY: '60ms' },
      wrapStore: (store) => ({
        ...boundStore(store),
        renew: async (request) => ({ ...(await store.renew(request)), epoch }),
      }),
    });
    flaky.isAway = true;
    await (await world.chat()).answer();
    await untilSpooled(world);
    epoch = 7;
    for (let turn = 0; turn < 40; turn++) await world.get('/api/hello');
    flaky.isAway = false;
    expect((await world.final()).epoch).toBe(7);
  });

  it('beyond the bounds of the spool refuse new requests with a time to come back', async () => {
    const flaky = new FlakyLog();
    const world = await open({ eventLog: flaky.log, tuning: { spool: { bytesMax: 100, ageMsMax: 600_000 } } });
    flaky.isAway = true;
    await (await world.chat()).answer();
    await untilSpooled(world);
    const refused = await (await world.chat()).answer();
    expect([refused.status, JSON.parse(refused.body).error.code]).toEqual([503, 'spool_full']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await world.gate()).holds.filter((hold) => !hold.final)).toEqual([]);
    flaky.isAway = false;
    await world.final();
    while ((await spooledBytes(world)) > 0) await world.get('/api/hello');
    expect((await (await world.chat()).answer()).status).toBe(200);
  });

  it('older than the bound of the spool refuse new requests', async () => {
    const flaky = new FlakyLog();
    const world = await open({ eventLog: flaky.log, tuning: { spool: { bytesMax: 1_000_000, ageMsMax: 0 } } });
    flaky.isAway = true;
    await (await world.chat()).answer();
    await untilSpooled(world);
    expect((await (await world.chat()).answer()).status).toBe(503);
    flaky.isAway = false;
    await world.final();
  });
});

describe('a full disk', () => {
  it('refuses new requests, and what runs still settles from memory', async () => {
    const flaky = new FlakyLog();
    let isFull = true;
    const openSegment = async (path: string): Promise<SegmentFile> => ({
      append: async (bytes) => {
        if (isFull) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        await appendFile(path, bytes);
      },
      truncate: async () => undefined,
      close: async () => undefined,
    });
    const world = await open({ eventLog: flaky.log, tuning: { openSegment } });
    world.alpha.play((call) => call.head().text('Hi'));
    const arriving = world.alpha.nextCall();
    const client = await world.chat();
    const call = await arriving;
    await client.until('Hi');
    flaky.isAway = true;
    call.finish().usage(7, 1).done();
    await client.until('[DONE]');
    while ((await (await world.chat({ model: 'nobody/knows' })).answer()).status !== 503) await world.get('/api/hello');
    isFull = false;
    flaky.isAway = false;
    expect(await world.final()).toMatchObject({ outcome: 'completed', chargeNanoUsd: 7_000n + OUTPUT_NANO_USD });
    while ((await (await world.chat({ model: 'nobody/knows' })).answer()).status !== 404) await world.get('/api/hello');
    expect(world.finals).toHaveLength(1);
  });
});

describe('a folder', () => {
  it('belongs to one edge: another one is refused with the variable that names it', async () => {
    await open({});
    await expect(EdgeWorld.open({ dataDir })).rejects.toThrow(/^APILINK_DATA_DIR: the data folder .* is in use/);
  });
});

describe('a drain', () => {
  it('lets running answers finish, refuses new ones, and tells them to go elsewhere', async () => {
    const world = await open({});
    world.alpha.play((call) => call.head().text('Hello'));
    const arriving = world.alpha.nextCall();
    const running = await world.chat();
    const call = await arriving;
    await running.until('Hello');
    const drained = world.application.drain(5000);
    const late = await (await world.chat()).answer();
    expect([late.status, late.headers.get('connection')]).toEqual([503, 'close']);
    expect(JSON.parse(late.body).error.code).toBe('shutting_down');
    call.finish().usage(7, 1).done();
    await drained;
    expect((await world.final()).outcome).toBe('completed');
  });
});

function boundStore(store: HoldStore): HoldStore {
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
