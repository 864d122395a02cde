import type { StoredItem } from './stored-item.domain.js';

export interface PageAsked {
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  /** The item behind which the page begins, in its order. */
  readonly after: string | null;
}

/** As openai's `ResponseItemList`. */
export interface ItemPage {
  readonly object: 'list';
  readonly data: readonly StoredItem[];
  readonly first_id: string | null;
  readonly last_id: string | null;
  readonly has_more: boolean;
}

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 100;

/** The query of a list, or the parameter that is wrong and what was expected of it. */
export function readPage(
  query: Readonly<Record<string, unknown>>,
): { readonly asked: PageAsked } | { readonly param: string; readonly expected: string } {
  const { limit = String(LIMIT_DEFAULT), order = 'desc', after = null } = query;
  if (typeof limit !== 'string' || !/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > LIMIT_MAX) {
    return { param: 'limit', expected: `a whole number from 1 to ${LIMIT_MAX}` };
  }
  if (order !== 'asc' && order !== 'desc') return { param: 'order', expected: '"asc" or "desc"' };
  if (after !== null && typeof after !== 'string') return { param: 'after', expected: 'the id of one item' };
  return { asked: { limit: Number(limit), order, after } };
}

/** One page of items that stand oldest first; null when `after` is none of them. */
export function pageOf(items: readonly StoredItem[], { limit, order, after }: PageAsked): ItemPage | null {
  const ordered = order === 'asc' ? items : items.toReversed();
  const start = after === null ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
  if (after !== null && start === 0) return null;
  const data = ordered.slice(start, start + limit);
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: start + limit < ordered.length,
  };
}
