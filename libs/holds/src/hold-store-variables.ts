import { ConfigurationError } from '@apilink/service';
import { z } from 'zod';

const SENTINEL = /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i;
const SENTINELS_MAX = 16;

/** Host and port of one Sentinel. */
export interface SentinelAddress {
  readonly host: string;
  readonly port: number;
}

const sentinelsSchema = z.string().transform((text, context): readonly SentinelAddress[] => {
  const addresses = text.split(',').map((part) => {
    const [, six, name, port] = SENTINEL.exec(part.trim()) ?? [];
    return { host: six ?? name ?? '', port: Number(port) };
  });
  const isKnown = addresses.every(({ host, port }) => host !== '' && port >= 1 && port <= 65_535);
  if (isKnown && addresses.length <= SENTINELS_MAX) return addresses;
  context.addIssue({ code: 'custom', message: 'expected addresses like sentinel-1:26379,sentinel-2:26379' });
  return z.NEVER;
});

/** What a service that uses the gate reads of its environment; to be spread into its own schema. */
export const holdStoreVariables = {
  HOLD_STORE: z
    .enum(['redis', 'postgres'], 'expected redis or postgres')
    .optional()
    .describe('the gate: redis or postgres; default: redis when REDIS_URL or REDIS_SENTINELS is set, else postgres'),
  REDIS_URL: z
    .url({
      protocol: /^rediss?$/,
      error: 'expected a URL like redis://host:6379 or rediss://user:password@host:6380/0',
    })
    .optional()
    .describe('the primary of the gate, redis:// or rediss:// (TLS)'),
  REDIS_SENTINELS: sentinelsSchema.optional().describe('the Sentinels that know the primary, host:port with commas'),
  REDIS_SENTINEL_NAME: z
    .string()
    .optional()
    .describe('what the Sentinels call the primary; needed with REDIS_SENTINELS'),
  REDIS_SENTINEL_PASSWORD: z.string().optional().describe('the password of the Sentinels, if they ask for one'),
  REDIS_USERNAME: z.string().optional().describe('the user of Redis; default: that of REDIS_URL'),
  REDIS_PASSWORD: z.string().optional().describe('the password of Redis; default: that of REDIS_URL'),
  REDIS_SSL_CA: z
    .string()
    .optional()
    .describe('the authority (PEM) of the certificate of Redis; with REDIS_SENTINELS it turns TLS on for all of them'),
  REDIS_UNSAFE: z
    .enum(['refuse', 'allow'], 'expected refuse or allow')
    .default('refuse')
    .describe('allow = also a Redis that may forget (no AOF) or evict (no noeviction); default: refuse'),
};

export type HoldStoreEnvironment = z.output<z.ZodObject<typeof holdStoreVariables>>;

/**
 * Which gate the environment names. It is fixed per deployment and never a fallback: edges and billing have to name the
 * same. Throws ConfigurationError for variables that contradict each other.
 */
export function holdStoreKind(environment: HoldStoreEnvironment): 'redis' | 'postgres' {
  const { HOLD_STORE, REDIS_URL, REDIS_SENTINELS, REDIS_SENTINEL_NAME } = environment;
  const isRedis = REDIS_URL !== undefined || REDIS_SENTINELS !== undefined;
  if (REDIS_URL !== undefined && REDIS_SENTINELS !== undefined)
    throw new ConfigurationError('REDIS_URL and REDIS_SENTINELS are both set: leave one of them out.');
  if (REDIS_SENTINELS !== undefined && REDIS_SENTINEL_NAME === undefined)
    throw new ConfigurationError('REDIS_SENTINEL_NAME is required with REDIS_SENTINELS: what they call the primary.');
  if (HOLD_STORE === 'redis' && !isRedis)
    throw new ConfigurationError('REDIS_URL is required with HOLD_STORE=redis: the primary of the gate.');
  return HOLD_STORE ?? (isRedis ? 'redis' : 'postgres');
}
