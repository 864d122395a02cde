/** What Redis says of itself (INFO), as far as the gate asks. */
export interface RedisServer {
  readonly runId: string;
  readonly role: string;
  readonly version: string;
  readonly maxmemoryPolicy: string;
  readonly appendOnly: boolean;
  /** The primary that a replica follows, `host:port`. */
  readonly follows: string | null;
  /** Replicas that have to have a write before it is acknowledged count here; null when none are asked for. */
  readonly goodReplicas: string | null;
}

/** Throws an Error when it is not the answer of a Redis. */
export function readRedisInfo(info: string): RedisServer {
  const fields = new Map<string, string>();
  for (const line of info.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  const runId = fields.get('run_id');
  if (runId === undefined) throw new Error('the answer to INFO has no run_id');
  const master = fields.get('master_host');
  return {
    runId,
    role: fields.get('role') ?? 'unknown',
    version: fields.get('redis_version') ?? '0',
    maxmemoryPolicy: fields.get('maxmemory_policy') ?? 'unknown',
    appendOnly: fields.get('aof_enabled') === '1',
    follows: master === undefined ? null : `${master}:${fields.get('master_port') ?? ''}`,
    goodReplicas: fields.get('min_slaves_good_slaves') ?? null,
  };
}

/** Why this Redis is not fit for a gate, as one sentence with the remedy; null when it is. */
export function refusalOf(server: RedisServer, variable: string, unsafe: 'refuse' | 'allow'): string | null {
  if (server.role !== 'master') {
    const primary = server.follows === null ? 'its primary' : `its primary ${server.follows}`;
    return `${variable} names a replica of Redis, which cannot be the gate: name ${primary}, or the Sentinels in REDIS_SENTINELS.`;
  }
  const [major = 0, minor = 0] = server.version.split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 2))
    return `${variable} names a Redis ${server.version}: the gate needs 6.2 or later.`;
  if (unsafe === 'allow') return null;
  if (server.maxmemoryPolicy !== 'noeviction')
    return `${variable} names a Redis that may evict holds (maxmemory-policy ${server.maxmemoryPolicy}): set maxmemory-policy noeviction there, or REDIS_UNSAFE=allow.`;
  if (!server.appendOnly)
    return `${variable} names a Redis that keeps nothing over a restart (appendonly no): set appendonly yes there, or REDIS_UNSAFE=allow.`;
  return null;
}
