import type { CandidateEndpoint } from './candidate-endpoint.js';
import type { MaxPrice, RoutingSort, RoutingWishes } from './wishes.js';

/** Exclusions by what the caller wants, in the order in which they are looked for. */
export type WishExclusion =
  | 'provider_not_listed'
  | 'provider_ignored'
  | 'provider_trains'
  | 'provider_retains'
  | 'quantization_unlisted'
  | 'price_above_max';

/** What was measured of an endpoint lately; null = nothing. */
export interface Pace {
  readonly tokensPerSecond: number | null;
  readonly firstTokenMs: number | null;
}

export type PaceOf = (endpointId: string) => Pace;

const nothingMeasured: Pace = { tokensPerSecond: null, firstTokenMs: null };

export function paceUnknown(): Pace {
  return nothingMeasured;
}

/** Why the caller does not want this endpoint; null when nothing speaks against it. */
export function wishExclusion(endpoint: CandidateEndpoint, wishes: RoutingWishes): WishExclusion | null {
  const { only, ignore, quantizations, maxPrice } = wishes;
  if (only.length > 0 && !only.some((name) => isNamed(endpoint, name))) return 'provider_not_listed';
  if (ignore.some((name) => isNamed(endpoint, name))) return 'provider_ignored';
  if ((wishes.deniesTraining || wishes.zeroRetention) && endpoint.dataPolicy.training) return 'provider_trains';
  if (wishes.zeroRetention && endpoint.dataPolicy.retentionDays > 0) return 'provider_retains';
  if (quantizations.length > 0 && !quantizations.includes(endpoint.quantization ?? 'unknown')) {
    return 'quantization_unlisted';
  }
  return isAbove(endpoint, maxPrice) ? 'price_above_max' : null;
}

/** By the provider's id, or by the endpoint's (`azure/openai/gpt-5.5`). */
export function isNamed({ provider, endpointId }: CandidateEndpoint, name: string): boolean {
  return provider === name || endpointId.toLowerCase() === name;
}

const priceKeys = ['prompt', 'completion', 'request', 'image'] as const;

function isAbove({ asking }: CandidateEndpoint, maxPrice: MaxPrice): boolean {
  return priceKeys.some((key) => {
    const bound = maxPrice[key];
    return bound !== null && asking[key] > bound;
  });
}

export interface OrderSources<T> {
  /** The order without wishes: weights, exploration, half-open ones last. */
  readonly usual: () => readonly T[];
  readonly paceOf: PaceOf;
}

export interface WishedOrder<T> {
  readonly candidates: readonly T[];
  /** Fit, but the caller allows no fallback. */
  readonly refused: readonly T[];
}

/**
 * `order` is obeyed exactly, without weights and exploration; behind it, and without it, `sort`; without either the usual
 * order. What is too slow for the caller comes last, in the order it had.
 */
export function wishedOrder<T extends CandidateEndpoint>(
  fit: readonly T[],
  wishes: RoutingWishes,
  sources: OrderSources<T>,
): WishedOrder<T> {
  const usual = wishes.sort === null ? sources.usual() : sorted(fit, wishes.sort, sources.paceOf);
  const rest = slowLast(usual, wishes, sources.paceOf);
  const named = wishes.order.flatMap((name) => rest.filter((endpoint) => isNamed(endpoint, name)));
  const first = [...new Set(named)];
  const others = rest.filter((endpoint) => !first.includes(endpoint));
  if (wishes.allowFallbacks) return { candidates: [...first, ...others], refused: [] };
  if (wishes.order.length > 0) return { candidates: first, refused: others };
  return { candidates: others.slice(0, 1), refused: others.slice(1) };
}

/** What was not measured comes behind what was; equals by price, then by id. */
function sorted<T extends CandidateEndpoint>(fit: readonly T[], sort: RoutingSort, paceOf: PaceOf): T[] {
  const cost = (endpoint: T): number => {
    const { tokensPerSecond, firstTokenMs } = paceOf(endpoint.endpointId);
    if (sort === 'throughput') return tokensPerSecond === null ? Infinity : -tokensPerSecond;
    if (sort === 'latency') return firstTokenMs ?? Infinity;
    return endpoint.price;
  };
  return fit
    .map((endpoint) => ({ endpoint, cost: cost(endpoint) }))
    .toSorted((one, other) => difference(one.cost, other.cost) || byPriceAndId(one.endpoint, other.endpoint))
    .map(({ endpoint }) => endpoint);
}

/** Two unknown ones are equal: Infinity − Infinity is no number. */
function difference(one: number, other: number): number {
  return one === other ? 0 : one - other;
}

function byPriceAndId(one: CandidateEndpoint, other: CandidateEndpoint): number {
  return one.price - other.price || (one.endpointId < other.endpointId ? -1 : 1);
}

/** What is known to be too slow goes last; what nobody measured stays where it is. */
function slowLast<T extends CandidateEndpoint>(ordered: readonly T[], wishes: RoutingWishes, paceOf: PaceOf): T[] {
  const { preferredMinTokensPerSecond: least, preferredMaxFirstTokenMs: most } = wishes;
  if (least === null && most === null) return [...ordered];
  const isSlow = (endpoint: T): boolean => {
    const { tokensPerSecond, firstTokenMs } = paceOf(endpoint.endpointId);
    const isBelow = least !== null && tokensPerSecond !== null && tokensPerSecond < least;
    return isBelow || (most !== null && firstTokenMs !== null && firstTokenMs > most);
  };
  return [...ordered.filter((endpoint) => !isSlow(endpoint)), ...ordered.filter(isSlow)];
}
