import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { topics } from '@apilink/contracts';
import { MemoryEventLog, type EventLog } from '@apilink/events';
import { createLogger } from '@apilink/service';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { RoutingSnapshotRepository } from './routing-snapshot.repository.js';
import { RoutingTableService, startPatienceMs } from './routing-table.service.js';
import { EdgeWorld, MODEL } from '../rig/edge-world.factory.contract.js';

let worlds: EdgeWorld[] = [];
let dataDir = '';

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'edge-'));
});
afterEach(async () => {
  for (const world of worlds) await world.close({ keepData: true });
  worlds = [];
  await rm(dataDir, { recursive: true, force: true });
});

async function open(eventLog: EventLog): Promise<EdgeWorld> {
  const world = await EdgeWorld.open({ eventLog, dataDir });
  worlds.push(world);
  return world;
}

const tombstone = {
  topic: topics.routing.name,
  key: MODEL,
  id: '01900000-0000-7000-8000-000000000077',
  source: 'router',
  time: 1,
};

/** A log whose topics cannot be followed. */
function unreadable(log: EventLog): EventLog {
  return {
    publish: async (events) => log.publish(events),
    subscribe: async (options, handle) => log.subscribe(options, handle),
    follow: async () => Promise.reject(new Error('away')),
    endOffsets: async (topic) => log.endOffsets(topic),
    committedOffsets: async (group, topic) => log.committedOffsets(group, topic),
    read: async (topic, partition, from, max) => log.read(topic, partition, from, max),
    close: async () => log.close(),
  };
}

/** A log that begins to follow and never gets anywhere. */
function silent(log: EventLog): EventLog {
  return {
    ...unreadable(log),
    follow: async () => ({ caughtUp: new Promise(() => undefined), stop: async () => undefined }),
  };
}

describe('the routing table', () => {
  it('follows changes, and forgets a removed model', async () => {
    const log = new MemoryEventLog();
    const world = await open(log);
    expect((await world.get(`/v1/models/${MODEL}`)).status).toBe(200);
    await log.publish([{ ...tombstone, type: 'model.removed', body: null }]);
    while ((await world.get(`/v1/models/${MODEL}`)).status !== 404) await world.get('/api/hello');
    expect((await (await world.chat()).answer()).status).toBe(404);
  });

  it('serves the last one from the disk while the event log is away at the start', async () => {
    const log = new MemoryEventLog();
    const first = await open(log);
    await first.close({ keepData: true });
    worlds = [];
    const second = await open(unreadable(log));
    expect(await second.application.readiness()).toBeNull();
    expect((await second.get(`/v1/models/${MODEL}`)).status).toBe(200);
  });

  it('is not ready without a table, and never says that a model does not exist', async () => {
    const log = new MemoryEventLog();
    const world = await open(unreadable(log));
    expect(await world.application.readiness()).toContain('routing table');
    for (const answer of [
      await (await world.chat()).answer(),
      await world.get('/v1/models'),
      await world.get(`/v1/models/${MODEL}`),
    ]) {
      expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([503, 'server_is_overloaded']);
    }
  });

  it('does not keep a start waiting for a log that does not answer: unready without a table, ready with the last one', async () => {
    const log = new MemoryEventLog();
    const unready = await open(silent(log));
    expect(await unready.application.readiness()).toContain('routing table');
    await unready.close({ keepData: true });
    await (await open(log)).close({ keepData: true });
    worlds = [];
    const ready = await open(silent(log));
    expect(await ready.application.readiness()).toBeNull();
    expect((await ready.get(`/v1/models/${MODEL}`)).status).toBe(200);
  });

  it('serves what it has when the log goes away, and takes up what came meanwhile', async () => {
    const log = new MemoryEventLog();
    let isAway = true;
    const world = await open({
      ...unreadable(log),
      follow: async (topic, handle) => {
        if (isAway) throw new Error('away');
        return log.follow(topic, handle);
      },
    });
    expect(await world.application.readiness()).not.toBeNull();
    isAway = false;
    while ((await world.application.readiness()) !== null) await world.get('/api/hello');
    expect((await world.get(`/v1/models/${MODEL}`)).status).toBe(200);
  });

  it('keeps what it knows of a model when an event cannot be read', async () => {
    const log = new MemoryEventLog();
    const world = await open(log);
    await log.publish([{ ...tombstone, type: 'model.published', body: '{"modelId": 7}' }]);
    for (let time = 0; time < 5; time++) await world.get('/api/hello');
    expect((await world.get(`/v1/models/${MODEL}`)).status).toBe(200);
  });
});

describe("the router's word on an endpoint", () => {
  const toldAt = 1_000_000;
  const state = {
    endpointId: 'alpha/one',
    circuit: 'open',
    reason: 'resets',
    since: new Date(toldAt).toISOString(),
    firstTokenMs: null,
    outputTokensPerSecond: null,
    uptime5m: null,
    uptime30m: null,
  };

  it('counts as fresh when it comes live, also from a router whose clock is five minutes behind', async () => {
    const log = new MemoryEventLog();
    const logger = createLogger({ name: 'edge-proxy', level: 'silent' });
    const table = new RoutingTableService(log, new RoutingSnapshotRepository(dataDir), logger, {
      now: () => toldAt,
      patienceMs: startPatienceMs,
    });
    await table.start();
    await log.publish([
      {
        topic: topics.healthState.name,
        key: state.endpointId,
        id: '01900000-0000-7000-8000-000000000079',
        type: 'endpoint.state',
        source: 'router',
        time: toldAt - 300_000,
        body: JSON.stringify(state),
      },
    ]);
    while (table.stateOf(state.endpointId) === null) await new Promise((resolve) => setImmediate(resolve));
    expect(table.stateOf(state.endpointId)?.circuit).toBe('open');
    await table.stop();
  });

  it.each([
    ['counts while it is fresh', 0, 60_000, 'open'],
    ['keeps nobody out once it is a minute old: the router is dead', 0, 60_001, undefined],
    ['lasts no longer for a clock that is ahead of ours', 3_600_000, 60_001, undefined],
  ])('%s', async (_name, aheadMs, laterMs, circuit) => {
    let now = toldAt;
    const log = new MemoryEventLog();
    await log.publish([
      {
        topic: topics.healthState.name,
        key: state.endpointId,
        id: '01900000-0000-7000-8000-000000000078',
        type: 'endpoint.state',
        source: 'router',
        time: toldAt + aheadMs,
        body: JSON.stringify(state),
      },
    ]);
    const logger = createLogger({ name: 'edge-proxy', level: 'silent' });
    const table = new RoutingTableService(log, new RoutingSnapshotRepository(dataDir), logger, {
      now: () => now,
      patienceMs: startPatienceMs,
    });
    await table.start();
    now += laterMs;
    expect(table.stateOf(state.endpointId)?.circuit).toBe(circuit);
    await table.stop();
  });
});
