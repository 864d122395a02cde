/** What a caller wants of routing: OpenRouter's `provider` object, ZenMux' `provider.routing`, and a model's suffix. */
export interface RoutingWishes {
  /** Providers or endpoints to be tried first, in this order; obeyed exactly. Empty = none. */
  readonly order: readonly string[];
  /** Only these; empty = all. */
  readonly only: readonly string[];
  readonly ignore: readonly string[];
  /** Whether anybody beside `order` (or, without one, beside the first) may be tried. */
  readonly allowFallbacks: boolean;
  /** Only endpoints that know every parameter of the request. */
  readonly requireParameters: boolean;
  /** No provider that trains on what it is sent. */
  readonly deniesTraining: boolean;
  /** No provider that keeps what it is sent. */
  readonly zeroRetention: boolean;
  /** Empty = any. */
  readonly quantizations: readonly string[];
  readonly sort: RoutingSort | null;
  readonly maxPrice: MaxPrice;
  /** Endpoints below, or above, come behind all others; they are not excluded. */
  readonly preferredMinTokensPerSecond: number | null;
  readonly preferredMaxFirstTokenMs: number | null;
}

export type RoutingSort = 'price' | 'throughput' | 'latency';

/** USD per million tokens, per request, per picture; null = no bound. */
export interface MaxPrice {
  readonly prompt: number | null;
  readonly completion: number | null;
  readonly request: number | null;
  readonly image: number | null;
}

export const noWishes: RoutingWishes = {
  order: [],
  only: [],
  ignore: [],
  allowFallbacks: true,
  requireParameters: false,
  deniesTraining: false,
  zeroRetention: false,
  quantizations: [],
  sort: null,
  maxPrice: { prompt: null, completion: null, request: null, image: null },
  preferredMinTokensPerSecond: null,
  preferredMaxFirstTokenMs: null,
};

/** Why a wish cannot be understood: the member by its path, and what it may be. */
export interface WishProblem {
  readonly param: string;
  readonly expected: string;
}

export type WishReading = { readonly wishes: RoutingWishes } | { readonly problem: WishProblem };

const NAMES_MAX = 64;
const NAME_CHARACTERS_MAX = 200;
const sorts: readonly RoutingSort[] = ['price', 'throughput', 'latency'];
const quantizationNames = ['int4', 'int8', 'fp4', 'fp6', 'fp8', 'fp16', 'bf16', 'fp32', 'unknown'];
const ordersOfZenMux: ReadonlyMap<string, RoutingSort | null> = new Map([
  ['cost', 'price'],
  ['speed', 'throughput'],
  ['benefit', null],
]);

/** Members that are known: another one is refused, since a wish that nobody heeds is worse than an error. */
const members: Readonly<Record<string, (reader: WishReader, value: unknown, path: string) => Partial<RoutingWishes>>> =
  {
    order: (reader, value, path) => ({ order: reader.names(value, path) }),
    only: (reader, value, path) => ({ only: reader.names(value, path) }),
    ignore: (reader, value, path) => ({ ignore: reader.names(value, path) }),
    allow_fallbacks: (reader, value, path) => ({ allowFallbacks: reader.flag(value, path) }),
    require_parameters: (reader, value, path) => ({ requireParameters: reader.flag(value, path) }),
    data_collection: (reader, value, path) => ({
      deniesTraining: reader.word(value, path, ['allow', 'deny']) === 'deny',
    }),
    zdr: (reader, value, path) => ({ zeroRetention: reader.flag(value, path) }),
    quantizations: (reader, value, path) => ({ quantizations: reader.words(value, path, quantizationNames) }),
    sort: (reader, value, path) => ({ sort: reader.sort(value, path) }),
    max_price: (reader, value, path) => ({ maxPrice: reader.maxPrice(value, path) }),
    preferred_min_throughput: (reader, value, path) => ({ preferredMinTokensPerSecond: reader.bound(value, path) }),
    preferred_max_latency: (reader, value, path) => ({
      preferredMaxFirstTokenMs: reader.bound(value, path) * MS_PER_SECOND,
    }),
    routing: (reader, value, path) => reader.zenMux(value, path),
  };

const MS_PER_SECOND = 1_000;

/** Reads the `provider` member of a request; `null` and absence say nothing. Throws nothing. */
export function readWishes(value: unknown): WishReading {
  if (value === undefined || value === null) return { wishes: noWishes };
  const reader = new WishReader();
  const told = reader.record(value, 'provider');
  let wishes = noWishes;
  for (const [key, member] of Object.entries(told)) {
    if (member === null) continue;
    const path = `provider.${key}`;
    const read = Object.hasOwn(members, key) ? members[key] : undefined;
    if (read === undefined) reader.refuse(path, `one of ${Object.keys(members).join(', ')}`);
    else wishes = { ...wishes, ...read(reader, member, path) };
  }
  const clash = wishes.only.find((name) => wishes.ignore.includes(name));
  if (clash !== undefined) reader.refuse('provider.ignore', `no name that provider.only has, as ${clash}`);
  return reader.problem === null ? { wishes } : { problem: reader.problem };
}

/** Gives a value of the right form whatever it is told, and keeps the first problem. */
class WishReader {
  problem: WishProblem | null = null;

  refuse(param: string, expected: string): void {
    this.problem ??= { param, expected };
  }

  record(value: unknown, path: string): Readonly<Record<string, unknown>> {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
    this.refuse(path, 'an object');
    return {};
  }

  flag(value: unknown, path: string): boolean {
    if (typeof value !== 'boolean') this.refuse(path, 'true or false');
    return value === true;
  }

  word(value: unknown, path: string, words: readonly string[]): string {
    if (typeof value === 'string' && words.includes(value)) return value;
    this.refuse(path, `one of ${words.join(', ')}`);
    return '';
  }

  words(value: unknown, path: string, words: readonly string[]): readonly string[] {
    const named = this.names(value, path);
    const unknown = named.findIndex((name) => !words.includes(name));
    if (unknown >= 0) this.refuse(`${path}[${unknown}]`, `one of ${words.join(', ')}`);
    return named;
  }

  /** Lower case: names of providers are compared without regard to it. */
  names(value: unknown, path: string): readonly string[] {
    if (!Array.isArray(value) || value.length > NAMES_MAX) {
      this.refuse(path, `a list of at most ${NAMES_MAX} names`);
      return [];
    }
    const list: readonly unknown[] = value;
    return list.flatMap((name, index) => {
      if (typeof name === 'string' && name !== '' && name.length <= NAME_CHARACTERS_MAX) return [name.toLowerCase()];
      this.refuse(`${path}[${index}]`, `a name of at most ${NAME_CHARACTERS_MAX} characters`);
      return [];
    });
  }

  /** OpenRouter's object form names the same by `by`. */
  sort(value: unknown, path: string): RoutingSort | null {
    const isObject = typeof value === 'object' && value !== null;
    const named = isObject ? this.record(value, path)['by'] : value;
    const found = sorts.find((sort) => sort === named);
    if (found === undefined) this.refuse(isObject ? `${path}.by` : path, `one of ${sorts.join(', ')}`);
    return found ?? null;
  }

  maxPrice(value: unknown, path: string): MaxPrice {
    let prices = noWishes.maxPrice;
    for (const [key, price] of Object.entries(this.record(value, path))) {
      if (!Object.hasOwn(noWishes.maxPrice, key)) {
        this.refuse(`${path}.${key}`, `one of ${Object.keys(noWishes.maxPrice).join(', ')}`);
      } else if (price !== null) prices = { ...prices, [key]: this.amount(price, `${path}.${key}`) };
    }
    return prices;
  }

  /** A figure, or OpenRouter's percentiles of one: the strictest of them. */
  bound(value: unknown, path: string): number {
    if (typeof value !== 'object' || value === null) return this.amount(value, path);
    const told = Object.entries(this.record(value, path)).filter(([, bound]) => bound !== null);
    const unknown = told.find(([key]) => !percentiles.includes(key));
    if (unknown !== undefined) this.refuse(`${path}.${unknown[0]}`, `one of ${percentiles.join(', ')}`);
    const [first] = told;
    if (first === undefined) this.refuse(path, 'a figure, or figures of percentiles');
    return first === undefined ? 0 : this.amount(first[1], `${path}.${first[0]}`);
  }

  zenMux(value: unknown, path: string): Partial<RoutingWishes> {
    const { type, providers, primary_factor: factor } = this.record(value, path);
    const kind = this.word(type, `${path}.type`, ['priority', 'order']);
    const order = providers === undefined ? [] : this.names(providers, `${path}.providers`);
    if (factor === undefined) return { order, allowFallbacks: kind !== 'order' || order.length === 0 };
    const sort = ordersOfZenMux.get(this.word(factor, `${path}.primary_factor`, [...ordersOfZenMux.keys()]));
    return { order, sort: sort ?? null, allowFallbacks: kind !== 'order' || order.length === 0 };
  }

  private amount(value: unknown, path: string): number {
    const amount = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof amount === 'number' && Number.isFinite(amount) && amount >= 0) return amount;
    this.refuse(path, 'a figure that is not negative');
    return 0;
  }
}

const percentiles = ['p50', 'p75', 'p90', 'p99'];

/** Suffixes that a model's name may have, behind a colon. */
const suffixes: Readonly<Record<string, Partial<RoutingWishes>>> = {
  floor: { sort: 'price' },
  nitro: { sort: 'throughput' },
  free: { maxPrice: { prompt: 0, completion: 0, request: 0, image: 0 } },
};

export interface WishfulName {
  readonly model: string;
  readonly wishes: Partial<RoutingWishes>;
}

/**
 * A name that no model has, taken apart: `model:floor`, `model:nitro`, `model:free`, or `model:provider`. Null for a name
 * without a colon.
 */
export function wishfulName(name: string): WishfulName | null {
  const colon = name.lastIndexOf(':');
  if (colon <= 0 || colon === name.length - 1) return null;
  const suffix = name.slice(colon + 1).toLowerCase();
  const model = name.slice(0, colon);
  const known = Object.hasOwn(suffixes, suffix) ? suffixes[suffix] : undefined;
  return { model, wishes: known ?? { only: [suffix] } };
}
