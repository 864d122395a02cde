import type { RedisOptions } from 'ioredis';

import { HoldStoreUnavailable } from '../hold-store-unavailable.js';

/** Answers of Redis and of TLS that no waiting mends. */
const REFUSALS =
  /^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH|ERR invalid password|ERR Client sent AUTH)|certificate|SSL|TLS|altname/i;

/** True when only another configuration helps. */
export function isRefusal(error: Error): boolean {
  return REFUSALS.test(error.message) || /CERT|SSL|TLS/.test(codeOf(error));
}

/** True for a connection that does not answer, and for a server that is the primary no more: another one is made. */
export function isStale(error: unknown): boolean {
  return error instanceof HoldStoreUnavailable && /no answer within|READONLY|LOADING|MASTERDOWN/.test(error.message);
}

/** One sentence that names the variable and the remedy. */
export function describeFailure(error: Error, variable: string, connection: RedisOptions): string {
  const place = placeOf(connection);
  if (/^(WRONGPASS|ERR AUTH|ERR invalid password|ERR Client sent AUTH)/.test(error.message))
    return `REDIS_PASSWORD is refused by Redis at ${place}: correct it, or REDIS_USERNAME.`;
  if (error.message.startsWith('NOAUTH')) return `REDIS_PASSWORD is required: Redis at ${place} asks for a password.`;
  if (error.message.startsWith('NOPERM'))
    return `REDIS_USERNAME names a user of Redis at ${place} that may not do what the gate does: grant it all commands on its keys.`;
  if (isRefusal(error))
    return `${variable} names ${place}, whose certificate is not accepted (${codeOf(error) || error.message}): set REDIS_SSL_CA to its authority.`;
  if (error.message.startsWith('All sentinels are unreachable'))
    return `REDIS_SENTINELS names ${place}, where none of them answers with the primary of REDIS_SENTINEL_NAME: correct the addresses or the name.`;
  return `${variable} names ${place}, where no Redis answers (${codeOf(error) || error.message}): start it there or correct the address.`;
}

function placeOf({ sentinels, host, port }: RedisOptions): string {
  if (sentinels !== undefined) return sentinels.map((sentinel) => `${sentinel.host}:${sentinel.port}`).join(',');
  return `${host ?? '127.0.0.1'}:${port ?? 6379}`;
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
