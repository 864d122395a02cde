import type { RateCard, RateRow } from './rate-card.js';
import { rateOf } from './rate-fallback.js';

/**
 * Whose cache-write premium we take over. Providers bill a write to the five-minute prompt cache above plain input; a
 * client (an agent, an SDK) writes such caches unasked, so customers pay the input price and the rest is ours.
 */
export interface CachePolicy {
  /** In receipts and rate cards for ever: another list of authors is another version. */
  readonly version: string;
  /** The part of a model's id before its slash. */
  readonly authors: readonly string[];
}

/** Every version there was, oldest first; the last one makes new cards. A published version is never changed. */
export const cachePolicies: readonly CachePolicy[] = [
  { version: 'cache-2026-11', authors: ['anthropic', 'openai', 'qwen'] },
];

/** The policy that new cards are made under; null when there is none. */
export const currentCachePolicy: CachePolicy | null = cachePolicies.at(-1) ?? null;

type CardFacts = Omit<RateCard, 'priceVersion'>;

/**
 * The card under a policy: in every row five-minute writes are sold at the input price, and `absorbed` says what that
 * takes off. One-hour writes stay at their list price, which is written down where it came by fallback from the
 * five-minute price. A card of another author, or without a premium, stays as it is, and with it its version. What we pay
 * (`cost`) is never touched.
 */
export function withCachePolicy(card: CardFacts, policy: CachePolicy | null = currentCachePolicy): CardFacts {
  const author = card.modelId.slice(0, card.modelId.indexOf('/'));
  if (policy === null || !policy.authors.includes(author)) return card;
  const rows = card.rows.map(withoutPremium);
  return rows.some((row) => row.absorbed !== undefined) ? { ...card, rows, cachePolicy: policy.version } : card;
}

function withoutPremium(row: RateRow): RateRow {
  const { input, cacheWrite5m: listed } = row.sell;
  if (input === undefined || listed === undefined || listed <= input) return row;
  const sell = { ...row.sell, cacheWrite5m: input, cacheWrite1h: rateOf(row.sell, 'cacheWrite1h') ?? listed };
  return { ...row, sell, absorbed: { cacheWrite5m: listed - input } };
}
