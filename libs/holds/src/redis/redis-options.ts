import type { RedisOptions } from 'ioredis';

import type { HoldStoreEnvironment } from '../hold-store-variables.js';
import type { HoldStoreLogger } from '../hold-store-logger.js';
import type { RedisHoldStoreOptions } from './redis-hold-store.js';

/** What the environment says of Redis, as the adapter takes it. */
export function redisOptionsOf(opening: {
  readonly environment: HoldStoreEnvironment;
  readonly clientName: string;
  readonly logger: HoldStoreLogger;
}): RedisHoldStoreOptions {
  const { environment, clientName, logger } = opening;
  return {
    connection: { ...addressOf(environment), connectionName: clientName },
    variable: environment.REDIS_SENTINELS === undefined ? 'REDIS_URL' : 'REDIS_SENTINELS',
    unsafe: environment.REDIS_UNSAFE,
    logger,
  };
}

function addressOf(environment: HoldStoreEnvironment): RedisOptions {
  const { REDIS_URL, REDIS_SENTINELS, REDIS_SENTINEL_NAME, REDIS_SENTINEL_PASSWORD, REDIS_SSL_CA } = environment;
  const tls = REDIS_SSL_CA === undefined ? {} : { ca: REDIS_SSL_CA };
  if (REDIS_SENTINELS !== undefined) {
    return {
      sentinels: REDIS_SENTINELS.map((address) => ({ ...address })),
      ...(REDIS_SENTINEL_NAME === undefined ? {} : { name: REDIS_SENTINEL_NAME }),
      ...(REDIS_SENTINEL_PASSWORD === undefined ? {} : { sentinelPassword: REDIS_SENTINEL_PASSWORD }),
      ...(REDIS_SSL_CA === undefined ? {} : { tls, sentinelTLS: tls, enableTLSForSentinelMode: true }),
      ...userOf(environment, null),
    };
  }
  const url = new URL(REDIS_URL ?? 'redis://127.0.0.1:6379');
  const database = Number(url.pathname.slice(1));
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    ...(Number.isSafeInteger(database) ? { db: database } : {}),
    ...(url.protocol === 'rediss:' ? { tls: { ...tls, servername: url.hostname } } : {}),
    ...userOf(environment, url),
  };
}

function userOf({ REDIS_USERNAME, REDIS_PASSWORD }: HoldStoreEnvironment, url: URL | null): RedisOptions {
  const username = REDIS_USERNAME ?? decodeURIComponent(url?.username ?? '');
  const password = REDIS_PASSWORD ?? decodeURIComponent(url?.password ?? '');
  return { ...(username === '' ? {} : { username }), ...(password === '' ? {} : { password }) };
}
