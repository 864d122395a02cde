import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { MemoryEventLog, type EventLog } from '@apilink/events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld, OUTPUT_NANO_USD, type WorldOptions } from '../rig/edge-world.factory.contract.js';
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

/** A log that takes nothing while it is away. */
class FlakyLog {
  isAway = false;
  readonly inner = new MemoryEventLog();
  readonly log: EventLog = {
    publish: async (events) => {
      if (this.isAway && events.some((event) => event.type === 'usage.final' || event.type === 'hold.opened')) {
        throw new Error('away');
      }
      await this.inner.publish(events);
    },
    subscribe: async (options, handle) => this.inner.subscribe(options, handle),
    follow: async (topic, handle) => this.inner.follow(topic, handle),
    endOffsets: async (topic) => this.inner.endOffsets(topic),
    committedOffsets: async (group, topic) => this.inner.committedOffsets(group, topic),
    read: async (topic, partition, from, max) => this.inner.read(topic, partition, from, max),
    close: async () => this.inner.close(),
  };
}

async function noDisk(): Promise<SegmentFile> {
  throw new Error('no disk');
}

async function spooledBytes(world: EdgeWorld): Promise<number> {
  return Number(/apilink_spool_bytes\{[^}]*\} (\d+)/.exec(await world.application.metrics())?.[1]);
}

async function untilSpooled(world: EdgeWorld): Promise<void> {
  while ((await spooledBytes(world)) === 0) await world.get('/api/hello');
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

describe('a drain', () => {
  it('leaves what the log did not take on the disk', async () => {
    const flaky = new FlakyLog();
    const world = await open({ eventLog: flaky.log });
    flaky.isAway = true;
    await (await world.chat()).answer();
    await world.application.drain(1000);
    expect(await spooledBytes(world)).toBeGreaterThan(0);
  });

  it('rejects when neither the log nor the disk took the events', async () => {
    const flaky = new FlakyLog();
    const world = await open({ eventLog: flaky.log, tuning: { openSegment: noDisk } });
    flaky.isAway = true;
    await (await world.chat()).answer();
    await expect(world.application.drain(1000)).rejects.toThrow('neither');
  });

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
