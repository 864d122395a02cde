import { describe, expect, it } from '@jest/globals';

import { pageOf, readPage } from './item-page.domain.js';
import { identified, unassigned } from './stored-item.domain.js';

const newId = (): string => '0'.repeat(32);
const items = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id }));
const page = (asked: Partial<Parameters<typeof pageOf>[1]>) =>
  pageOf(items, { limit: 20, order: 'desc', after: null, ...asked });

describe('a page of input items', () => {
  it('shows the newest first, unless asked otherwise, and says when there is more', () => {
    expect(page({ limit: 2 })).toEqual({
      object: 'list',
      data: [{ id: 'e' }, { id: 'd' }],
      first_id: 'e',
      last_id: 'd',
      has_more: true,
    });
    expect(page({ order: 'asc', limit: 2, after: 'c' })).toMatchObject({ first_id: 'd', has_more: false });
  });

  it('leads through all items, each once', () => {
    const seen: string[] = [];
    let after: string | null = null;
    for (;;) {
      const next = page({ limit: 2, after });
      if (next === null) throw new Error('there is no such page');
      seen.push(...next.data.map(({ id }) => id));
      if (!next.has_more) break;
      after = next.last_id;
    }
    expect(seen).toEqual(['e', 'd', 'c', 'b', 'a']);
  });

  it('behind the last item is empty, and behind an unknown one there is none', () => {
    expect(page({ after: 'a' })).toEqual({ object: 'list', data: [], first_id: null, last_id: null, has_more: false });
    expect(page({ after: 'z' })).toBeNull();
  });

  it('is asked for as openai documents it; anything else is named', () => {
    expect(readPage({})).toEqual({ asked: { limit: 20, order: 'desc', after: null } });
    expect(readPage({ limit: '100', order: 'asc', after: 'x' })).toHaveProperty('asked.limit', 100);
    for (const limit of ['0', '101', '-1', '1.5', 'x', ['1', '2']]) {
      expect(readPage({ limit })).toHaveProperty('param', 'limit');
    }
    expect(readPage({ order: 'up' })).toHaveProperty('param', 'order');
    expect(readPage({ after: ['x'] })).toHaveProperty('param', 'after');
  });
});

describe('ids of items', () => {
  it('are those that the client sent, or ours, which no provider is told', () => {
    const sent = { type: 'message', id: 'msg_1' };
    const bare = { type: 'function_call_output', call_id: 'c' };
    const [kept, named, odd] = identified([sent, bare, { type: 'mcp_call' }], newId);
    expect(kept).toEqual(sent);
    expect(named).toEqual({ ...bare, id: `fco_apl${'0'.repeat(32)}` });
    expect(odd?.id).toMatch(/^item_apl/);
    if (kept === undefined || named === undefined) throw new Error('an item is missing');
    expect([unassigned(kept), unassigned(named)]).toEqual([sent, bare]);
  });
});
