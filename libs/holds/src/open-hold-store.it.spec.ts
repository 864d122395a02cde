import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, startRedis, type RunningRedis } from '@apilink/local-stack';
import { ConfigurationError, createLogger } from '@apilink/service';
import { Redis } from 'ioredis';
import { z } from 'zod';

import { accountId, GateScenario, granted, holdId, snapshotOf, START_MS } from './contract/gate-scenario.contract.js';
import { holdStoreVariables } from './hold-store-variables.js';
import type { OpenedHoldStore } from './hold-store.js';
import { HoldStoreUnavailable } from './hold-store-unavailable.js';
import { openHoldStore } from './open-hold-store.js';

const schema = z.object(holdStoreVariables);
const opened: OpenedHoldStore[] = [];
const logger = createLogger({ name: 'test', level: 'silent' });
let folder: string;
let redis: RunningRedis;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'apilink-gate-'));
  redis = await startRedis({ folder: join(folder, 'primary') });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});
afterAll(async () => {
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

const database = () => Promise.reject(new Error('no database is asked for'));

async function open(variables: Record<string, string>, patient = false): Promise<OpenedHoldStore> {
  const environment = schema.parse(variables);
  const store = await openHoldStore({ environment, clientName: 'apilink-test', logger, database, patient });
  opened.push(store);
  return store;
}

/** The sentence that the person who starts the service reads. */
async function refusal(variables: Record<string, string>): Promise<string> {
  const error = await open(variables).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConfigurationError);
  return error instanceof Error ? error.message : '';
}

function scenarioOf(store: OpenedHoldStore): GateScenario {
  return new GateScenario({
    store,
    now: () => START_MS,
    setClock: () => Promise.resolve(),
    reset: () => Promise.resolve(),
    close: () => Promise.resolve(),
  });
}

async function begin(store: OpenedHoldStore, epoch: number): Promise<void> {
  const { epochs } = store;
  if (epochs === null) throw new Error('this store has no epochs');
  const { runId } = await epochs.standing();
  expect(await epochs.beginEpoch({ epoch, runId, quietMs: 0, awaitsComparison: false })).toBe('begun');
}

/** Asks until the store answers, as a service does whose gate was away. */
async function untilAnswered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await ask().catch((error: unknown) => error);
    if (!(answer instanceof HoldStoreUnavailable)) return ask();
    await new Promise(setImmediate);
  }
}

describe('opening the gate', () => {
  it('takes a safe primary and calls it by the name of the service', async () => {
    const store = await open({ REDIS_URL: redis.url });
    expect(await store.epochs?.standing()).toMatchObject({ epoch: null });
    const client = new Redis(redis.url);
    expect(await client.client('LIST')).toContain('name=apilink-test');
    client.disconnect();
  });

  it('refuses a Redis that keeps nothing or evicts, unless it is allowed', async () => {
    const unsafe = await startRedis({ folder: join(folder, 'unsafe'), unsafe: true });
    expect(await refusal({ REDIS_URL: unsafe.url })).toBe(
      'REDIS_URL names a Redis that may evict holds (maxmemory-policy allkeys-lru): set maxmemory-policy noeviction there, or REDIS_UNSAFE=allow.',
    );
    const client = new Redis(unsafe.url);
    await client.config('SET', 'maxmemory-policy', 'noeviction');
    client.disconnect();
    expect(await refusal({ REDIS_URL: unsafe.url })).toBe(
      'REDIS_URL names a Redis that keeps nothing over a restart (appendonly no): set appendonly yes there, or REDIS_UNSAFE=allow.',
    );
    const store = await open({ REDIS_URL: unsafe.url, REDIS_UNSAFE: 'allow' });
    expect(await store.epochs?.standing()).toMatchObject({ epoch: null });
    await unsafe.stop();
  });

  it('refuses a replica, allowed or not, and names its primary', async () => {
    const replica = await startRedis({
      folder: join(folder, 'replica'),
      settings: { replicaof: `127.0.0.1 ${redis.port}` },
    });
    for (const REDIS_UNSAFE of ['refuse', 'allow']) {
      expect(await refusal({ REDIS_URL: replica.url, REDIS_UNSAFE })).toBe(
        `REDIS_URL names a replica of Redis, which cannot be the gate: name its primary 127.0.0.1:${redis.port}, or the Sentinels in REDIS_SENTINELS.`,
      );
    }
    await replica.stop();
  });

  it('names the password that is missing or wrong, and never tells one', async () => {
    const locked = await startRedis({ folder: join(folder, 'locked'), settings: { requirepass: 'the-password' } });
    expect(await refusal({ REDIS_URL: locked.url })).toBe(
      `REDIS_PASSWORD is required: Redis at 127.0.0.1:${locked.port} asks for a password.`,
    );
    expect(await refusal({ REDIS_URL: locked.url, REDIS_PASSWORD: 'another-one' })).toBe(
      `REDIS_PASSWORD is refused by Redis at 127.0.0.1:${locked.port}: correct it, or REDIS_USERNAME.`,
    );
    const store = await open({ REDIS_URL: `redis://:the-password@127.0.0.1:${locked.port}` });
    expect(await store.epochs?.standing()).toMatchObject({ epoch: null });
    await locked.stop();
  });

  it('names the address where nobody answers', async () => {
    const port = await freePort();
    expect(await refusal({ REDIS_URL: `redis://127.0.0.1:${port}` })).toBe(
      `REDIS_URL names 127.0.0.1:${port}, where no Redis answers (ECONNREFUSED): start it there or correct the address.`,
    );
  });

  it('refuses variables that contradict each other', async () => {
    expect(await refusal({ REDIS_URL: redis.url, REDIS_SENTINELS: '127.0.0.1:26379' })).toMatch(
      /leave one of them out/,
    );
    expect(await refusal({ REDIS_SENTINELS: '127.0.0.1:26379' })).toMatch(/^REDIS_SENTINEL_NAME is required/);
    expect(await refusal({ HOLD_STORE: 'redis' })).toMatch(/^REDIS_URL is required/);
  });

  it('of a patient service begins without Redis, and the gate is there when Redis is', async () => {
    const port = await freePort();
    const store = await open({ REDIS_URL: `redis://127.0.0.1:${port}` }, true);
    await expect(store.findKey('a'.repeat(64))).rejects.toThrow(HoldStoreUnavailable);
    const late = await startRedis({ folder: join(folder, 'late'), port });
    expect(await untilAnswered(() => store.findKey('a'.repeat(64)))).toBeNull();
    await late.stop();
  });

  it('of a patient service looks at what comes, and never uses an unsafe one', async () => {
    const unsafe = await startRedis({ folder: join(folder, 'unsafe-later'), unsafe: true });
    const store = await open({ REDIS_URL: unsafe.url }, true);
    let reason = '';
    while (!reason.includes('noeviction')) {
      reason = await store.findKey('a'.repeat(64)).then(String, (error: unknown) => String(error));
      await new Promise(setImmediate);
    }
    expect(reason).toContain('REDIS_UNSAFE=allow');
    await unsafe.stop();
  });
});

describe('a gate whose Redis goes', () => {
  it('answers at once that it is away, and takes up again by itself without its epoch', async () => {
    const store = await open({ REDIS_URL: redis.url });
    await begin(store, 1);
    await store.load(snapshotOf());
    const s = scenarioOf(store);
    expect(granted(await s.admit(1, 5n))).toBe(5n);
    await redis.kill();
    await expect(s.admit(2, 5n)).rejects.toThrow(HoldStoreUnavailable);
    await expect(store.apply([{ accountId: accountId(1), closed: [holdId(1)] }])).rejects.toThrow(HoldStoreUnavailable);
    await expect(store.epochs?.standing()).rejects.toThrow(HoldStoreUnavailable);
    await redis.restart();
    expect(await untilAnswered(() => s.admit(2, 5n))).toEqual({ outcome: 'not_loaded' });
    const standing = await store.epochs?.standing();
    expect(standing?.epoch).toBe(1);
    expect(standing?.epochRunId).not.toBe(standing?.runId);
    await begin(store, 2);
    expect(granted(await s.admit(2, 5n))).toBe(5n);
    expect(await s.held()).toEqual({ 1: 5n, 2: 5n });
  });

  it('goes on when Redis has forgotten its scripts', async () => {
    const store = await open({ REDIS_URL: redis.url });
    const client = new Redis(redis.url);
    await client.flushall();
    await begin(store, 1);
    await store.load(snapshotOf());
    await client.script('FLUSH');
    expect(granted(await scenarioOf(store).admit(1, 5n))).toBe(5n);
    client.disconnect();
  });

  it('that hangs is told within the deadline, and is asked anew when it goes on', async () => {
    const hanging = await startRedis({ folder: join(folder, 'hanging') });
    const store = await open({ REDIS_URL: hanging.url });
    process.kill(hanging.pid, 'SIGSTOP');
    const began = Date.now();
    await expect(store.findKey('a'.repeat(64))).rejects.toThrow(HoldStoreUnavailable);
    expect(Date.now() - began).toBeLessThan(4_000);
    await expect(store.findKey('a'.repeat(64))).rejects.toThrow(HoldStoreUnavailable);
    process.kill(hanging.pid, 'SIGCONT');
    expect(await untilAnswered(() => store.findKey('a'.repeat(64)))).toBeNull();
    await hanging.stop();
  });

  it('and becomes a replica is used no more', async () => {
    const other = await startRedis({ folder: join(folder, 'other') });
    const store = await open({ REDIS_URL: other.url });
    await begin(store, 1);
    await store.load(snapshotOf());
    const client = new Redis(other.url);
    await client.replicaof('127.0.0.1', await freePort());
    let reason = '';
    while (!reason.includes('replica')) {
      reason = await scenarioOf(store)
        .admit(1, 5n)
        .then(
          ({ outcome }) => outcome,
          (error: unknown) => String(error),
        );
      await new Promise(setImmediate);
    }
    await client.replicaof('NO', 'ONE');
    expect(granted(await untilAnswered(() => scenarioOf(store).admit(1, 5n)))).toBe(5n);
    client.disconnect();
    await other.stop();
  });
});
