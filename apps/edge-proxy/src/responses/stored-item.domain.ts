/** An item of a conversation with the id that it is listed and referred to by. */
export interface StoredItem {
  readonly id: string;
  readonly [member: string]: unknown;
}

/** OpenAI's ids begin with what they are of. */
const prefixes: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  function_call_output: 'fco',
  custom_tool_call: 'ctc',
  custom_tool_call_output: 'ctco',
  compaction: 'cmp',
};

/** Tells an id of ours from a provider's. */
const ASSIGNED = /^[a-z]+_apl[0-9a-f]{32}$/;

/** An item as it stands in a request. */
export type RequestItem = Readonly<Record<string, unknown>>;

/** Each item with an id: its own, or a new one. */
export function identified(items: readonly RequestItem[], newId: () => string): readonly StoredItem[] {
  return items.map((item) => {
    const { id, type } = item;
    if (typeof id === 'string' && id !== '') return { ...item, id };
    const prefix = typeof type === 'string' ? (prefixes[type] ?? 'item') : 'item';
    return { ...item, id: `${prefix}_apl${newId()}` };
  });
}

/** As the client sent it: no provider knows an id that is ours. */
export function unassigned(item: StoredItem): RequestItem {
  if (!ASSIGNED.test(item.id)) return item;
  const { id: _ours, ...rest } = item;
  return rest;
}
