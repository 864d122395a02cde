import { testRedis } from '@apilink/local-stack';
import { Redis } from 'ioredis';

import type { EpochBegin } from '../hold-store.js';
import { RedisHoldStore, type RedisHoldStoreOptions } from '../redis/redis-hold-store.js';
import { EXPIRY_MS, START_MS, type GateUnderTest } from './gate-scenario.contract.js';

/** What is told of a gate that answers must not depend on how busy the machine is. */
const PATIENCE_MS = 30_000;

/** One renewal interval of the edges. */
export const QUIET_MS = EXPIRY_MS / 6;

let suites = 0;

export interface RedisGateUnderTest extends GateUnderTest {
  readonly store: RedisHoldStore;
  /** The same Redis for the test's own looks and faults. */
  readonly redis: Redis;
  /** Before each key of this gate. */
  readonly prefix: string;
  /** Another gate on the same keys, as another process has it. */
  another(options?: Partial<RedisHoldStoreOptions>): RedisHoldStore;
  /** Begins an epoch as billing does, with the interval of a renewal. */
  begin(epoch: number, awaitsComparison?: boolean): Promise<void>;
  /** Forgets everything, and begins no epoch. */
  lose(): Promise<void>;
}

/** A gate of its own on the shared Redis, whose clock stands still; it is in epoch 1. */
export async function startRedisGate(options: Partial<RedisHoldStoreOptions> = {}): Promise<RedisGateUnderTest> {
  const { url } = await testRedis();
  const prefix = `test-${process.pid}-${++suites}:`;
  const redis = new Redis(url);
  let nowMs = START_MS;
  const address = new URL(url);
  const open = (changes: Partial<RedisHoldStoreOptions> = {}) =>
    new RedisHoldStore({
      connection: { host: address.hostname, port: Number(address.port) },
      unsafe: 'allow',
      keyPrefix: prefix,
      callTimeoutMs: PATIENCE_MS,
      testClock: () => nowMs,
      ...options,
      ...changes,
    });
  const store = open();
  await store.connected();
  const lose = async () => {
    const keys = await redis.keys(`${prefix}*`);
    if (keys.length > 0) await redis.del(keys);
  };
  const begin = async (wanted: Omit<EpochBegin, 'runId'>) => {
    const { runId } = await store.standing();
    const outcome = await store.beginEpoch({ ...wanted, runId });
    if (outcome !== 'begun') throw new Error(`epoch ${wanted.epoch} is ${outcome}`);
  };
  const others: RedisHoldStore[] = [];
  const gate: RedisGateUnderTest = {
    store,
    redis,
    prefix,
    lose,
    begin: (epoch, awaitsComparison = false) => begin({ epoch, quietMs: QUIET_MS, awaitsComparison }),
    now: () => nowMs,
    setClock: async (ms) => {
      nowMs = ms;
    },
    another: (changes) => {
      const other = open(changes);
      others.push(other);
      return other;
    },
    reset: async () => {
      await lose();
      await begin({ epoch: 1, quietMs: 0, awaitsComparison: false });
    },
    close: async () => {
      await lose();
      await Promise.all([store, ...others].map((one) => one.close()));
      redis.disconnect();
    },
  };
  await gate.reset();
  return gate;
}
