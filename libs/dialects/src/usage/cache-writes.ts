import type { UsageCounts } from './usage-counts.js';

export interface CacheWrites {
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
}

/**
 * Tokens written to a cache, by their time to live, in Anthropic's words wherever they stand: `cache_creation` (its own)
 * or `cache_creation_token_details` (chat fronts of it). Where only a sum is told, or more than the split names, the rest
 * was written for 5 minutes, which is the default.
 */
export function cacheWrites(counts: UsageCounts, from: Record<string, unknown>, sum: number): CacheWrites {
  const split = counts.details(
    from,
    from['cache_creation'] === undefined ? 'cache_creation_token_details' : 'cache_creation',
  );
  const cacheWrite1h = counts.first(split, ['ephemeral_1h_input_tokens']);
  const told5m = counts.first(split, ['ephemeral_5m_input_tokens']);
  return { cacheWrite5m: Math.max(told5m, sum - cacheWrite1h), cacheWrite1h };
}
