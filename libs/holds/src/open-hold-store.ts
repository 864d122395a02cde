import type { Database } from '@apilink/postgres';

import type { HoldStoreLogger } from './hold-store-logger.js';
import { holdStoreKind, type HoldStoreEnvironment } from './hold-store-variables.js';
import type { OpenedHoldStore } from './hold-store.js';
import { PostgresHoldStore } from './postgres-hold-store.js';
import { redisOptionsOf } from './redis/redis-options.js';
import { RedisHoldStore } from './redis/redis-hold-store.js';

export interface OpenHoldStoreOptions {
  readonly environment: HoldStoreEnvironment;
  /** How Redis lists the connection (CLIENT LIST), such as `apilink-edge`. */
  readonly clientName: string;
  readonly logger: HoldStoreLogger;
  /** Asked for only when the gate is Postgres; the store borrows the database and leaves it open. */
  readonly database: () => Promise<Database>;
  /**
   * For edges: a Redis that is away at the start does not end the process. Calls reject with HoldStoreUnavailable until
   * it is there; it is checked then, and one that may forget or is a replica stays refused, with its reason in the log.
   */
  readonly patient?: boolean;
}

/**
 * Opens the gate that the environment names. Throws ConfigurationError with one sentence that names the variable and
 * the remedy: nobody answers, a wrong password, a replica, a Redis that evicts or keeps nothing, one before 6.2.
 */
export async function openHoldStore(options: OpenHoldStoreOptions): Promise<OpenedHoldStore> {
  if (holdStoreKind(options.environment) === 'postgres') return new PostgresHoldStore(await options.database());
  const store = new RedisHoldStore(redisOptionsOf(options));
  if (options.patient === true) return store;
  try {
    await store.connected();
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}
