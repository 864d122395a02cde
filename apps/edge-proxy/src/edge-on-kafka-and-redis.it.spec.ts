import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { topics } from '@apilink/contracts';
import { createTopics, KafkaEventLog, MemoryEventLog } from '@apilink/events';
import { openHoldStore, type OpenedHoldStore } from '@apilink/holds';
import { startKafka, startRedis, type RunningKafka, type RunningRedis } from '@apilink/local-stack';
import { createLogger } from '@apilink/service';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld, OUTPUT_NANO_USD, type WorldOptions } from './rig/edge-world.factory.contract.js';
import { spooledBytes, untilSpooled } from './rig/flaky-log.factory.contract.js';

const logger = createLogger({ name: 'edge-proxy', level: 'silent' });

let folder = '';
let dataDir = '';
let kafka: RunningKafka;
let redis: RunningRedis;
let log: KafkaEventLog;
let store: OpenedHoldStore;
let worlds: EdgeWorld[] = [];
let epoch = 0;
let groups = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-stores-'));
  [kafka, redis] = [
    await startKafka({ folder: join(folder, 'kafka') }),
    await startRedis({ folder: join(folder, 'redis') }),
  ];
  const environment = { KAFKA_BROKERS: [kafka.brokers] };
  await createTopics({ environment, replicationFactor: 1 });
  log = new KafkaEventLog({ environment, clientId: 'spec' });
  await untilLeader();
  store = await openHoldStore({
    environment: { REDIS_URL: redis.url, REDIS_UNSAFE: 'refuse' },
    clientName: 'spec',
    logger,
    database: async () => Promise.reject(new Error('there is no database')),
  });
}, 120_000);

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'edge-'));
});

afterEach(async () => {
  for (const world of worlds) await world.close({ keepData: true });
  worlds = [];
  await rm(dataDir, { recursive: true, force: true });
});

afterAll(async () => {
  await log.close();
  await store.close();
  await kafka.stop();
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
});

/** What billing does when the gate is new, or has lost its memory. */
async function beginEpoch(quietMs = 0): Promise<void> {
  if (store.epochs === null) throw new Error('this gate cannot be lost');
  epoch++;
  const { runId } = await store.epochs.standing();
  expect(await store.epochs.beginEpoch({ epoch, runId, quietMs, awaitsComparison: false })).toBe('begun');
}

/** An edge that opens its ports itself, without a database, on a gate that knows nothing but its account. */
async function open(options: WorldOptions = {}): Promise<EdgeWorld> {
  if (options.apiKey === undefined) {
    await flush();
    await beginEpoch();
  }
  const world = await EdgeWorld.open({
    store,
    eventLog: log,
    dataDir,
    epoch,
    group: `spec-${++groups}`,
    finalsSince: Date.now(),
    opensPorts: true,
    env: { KAFKA_BROKERS: kafka.brokers, REDIS_URL: redis.url },
    tuning: { tablePatienceMs: { withSnapshot: 1_000, without: 20_000 } },
    ...options,
  });
  worlds.push(world);
  world.alpha.play((call) => call.head().text('Hi').finish().usage(7, 1).done());
  return world;
}

/** The broker leads its partitions: right after a start, and after topics were created, it refuses what is published. */
async function untilLeader(): Promise<void> {
  const id = '01900000-0000-7000-8000-000000000099';
  const about = { key: 'nobody/asks', id, source: 'spec', time: 1, body: null };
  const events = [
    { ...about, topic: topics.routing.name, type: 'model.removed' },
    { ...about, topic: topics.healthState.name, type: 'endpoint.removed' },
  ];
  await until(async () => log.publish(events));
}

async function restartKafka(): Promise<void> {
  await kafka.restart();
  await untilLeader();
}

/** Tries again and again: the time limit of the test is the bound. */
async function until(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** As an operator would who loses the gate's memory. */
async function flush(): Promise<void> {
  const socket = connect(redis.port, '127.0.0.1');
  socket.write('FLUSHALL\r\n');
  const [answer] = await once(socket, 'data');
  socket.destroy();
  expect(String(answer)).toContain('+OK');
}

async function ask(world: EdgeWorld): Promise<[number, string]> {
  const answer = await (await world.chat()).answer();
  return [answer.status, answer.status === 200 ? '' : JSON.parse(answer.body).error.code];
}

describe('an edge on Kafka and Redis', () => {
  it('needs no database: it admits, settles and publishes', async () => {
    const world = await open();
    expect(await ask(world)).toEqual([200, '']);
    const final = await world.final();
    expect(final).toMatchObject({ outcome: 'completed', epoch, chargeNanoUsd: 7_000n + OUTPUT_NANO_USD });
    expect((await world.gate()).holds.filter((hold) => !hold.final)).toEqual([]);
  });

  it('keeps serving while Kafka is killed, and every event is in the log once when it is back', async () => {
    const world = await open();
    expect(await ask(world)).toEqual([200, '']);
    await world.final();
    await kafka.kill();
    for (let count = 0; count < 5; count++) expect(await ask(world)).toEqual([200, '']);
    await untilSpooled(world);
    expect(await world.application.readiness()).toBeNull();
    await restartKafka();
    await world.final(6);
    while ((await spooledBytes(world)) > 0) await world.get('/api/hello');
    expect(new Set(world.finals.map(({ generationId }) => generationId)).size).toBe(6);
  });

  it('hands over at its drain while Kafka is killed', async () => {
    const world = await open();
    await kafka.kill();
    try {
      expect(await ask(world)).toEqual([200, '']);
      let handed = 0;
      world.billing.answer = (_path, body) => {
        handed = JSON.parse(body).events.length;
        return { status: 200, body: { settled: handed, refused: [] } };
      };
      await world.application.drain(20_000);
      expect(handed).toBe(1);
      expect(await spooledBytes(world)).toBe(0);
    } finally {
      await restartKafka();
    }
  });

  it('starts while Kafka is away: unready without a table, serving with the last one, and reads on when it is back', async () => {
    const first = await open();
    expect(await ask(first)).toEqual([200, '']);
    await first.close({ keepData: true });
    worlds = [];
    await kafka.kill();
    try {
      // The rig's own log: the edge knows that of the environment alone.
      const eventLog = new MemoryEventLog();
      const tuning = { tablePatienceMs: { withSnapshot: 500, without: 500 } };
      const bare = await open({ eventLog, tuning, dataDir: join(dataDir, 'bare') });
      const second = await open({ eventLog, tuning, apiKey: bare.apiKey });
      expect(await bare.application.readiness()).toContain('routing table');
      expect(await ask(bare)).toEqual([503, 'server_is_overloaded']);
      expect(await second.application.readiness()).toBeNull();
      expect((await second.get('/v1/models')).status).toBe(200);
      await restartKafka();
      while ((await bare.application.readiness()) !== null) await bare.get('/api/hello');
    } catch (error) {
      await restartKafka();
      throw error;
    }
  });
});

describe('a gate on Redis', () => {
  it('that is killed is 503 and never 401 for a key that is not known yet; running streams finish; it admits when it is back', async () => {
    const world = await open();
    world.alpha.play((call) => call.head().text('Hello'));
    const arriving = world.alpha.nextCall();
    const running = await world.chat();
    const call = await arriving;
    await running.until('Hello');
    await redis.kill();
    const stranger = await open({
      apiKey: world.apiKey,
      eventLog: new MemoryEventLog(),
      dataDir: join(dataDir, 'stranger'),
    });
    expect(await ask(world)).toEqual([503, 'billing_unavailable']);
    expect(await ask(stranger)).toEqual([503, 'billing_unavailable']);
    call.text(' world').finish().usage(7, 2).done();
    await running.until('[DONE]');
    expect(await world.final()).toMatchObject({ outcome: 'completed' });
    await redis.restart();
    await until(async () => beginEpoch());
    world.alpha.play((next) => next.head().text('Hi').finish().usage(7, 1).done());
    while ((await ask(world))[0] !== 200) await world.get('/api/hello');
  });

  it('that is flushed is told every running hold at once under its new epoch, and the final event carries that', async () => {
    const world = await open();
    world.alpha.play((call) => call.head().text('Hello'));
    const arriving = world.alpha.nextCall();
    const running = await world.chat();
    const call = await arriving;
    await running.until('Hello');
    const [before] = (await world.gate()).holds;
    await flush();
    expect(await ask(world)).toEqual([503, 'billing_unavailable']);
    await beginEpoch(60_000);
    await world.reload(epoch);
    // Any reply that carries the epoch will do: no renewal is due before 15 s.
    expect(await ask(world)).toEqual([503, 'billing_unavailable']);
    let [hold] = (await world.gate()).holds;
    while (hold === undefined) {
      await world.get('/v1/key');
      [hold] = (await world.gate()).holds;
    }
    expect([hold.holdId, hold.amountNanoUsd]).toEqual([before?.holdId, before?.amountNanoUsd]);
    call.finish().usage(7, 2).done();
    await running.until('[DONE]');
    expect(await world.final()).toMatchObject({ outcome: 'completed', epoch });
  });
});
