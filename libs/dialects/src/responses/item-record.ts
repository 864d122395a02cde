import { parsedJson, textOf } from '../json/records.js';
import { ToldStream } from '../call/told-stream.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { CustomCallItem, FunctionCallItem, WholeItem } from './call-items.js';
import { MessageItem } from './message-item.js';
import { ItemEvents, type OpenItem } from './open-item.js';
import { ReasoningItem } from './reasoning-item.js';

export interface Delta {
  readonly content: number;
  readonly type: string;
  /** As it came, a JSON string. */
  readonly text: string;
}

/** An output item of an upstream that has begun and not ended; remembered, so that it can be ended when the hold runs out. */
export interface RunningItem {
  readonly item: JsonRecord;
  readonly deltas: Delta[];
}

/** The last events of an item that its upstream will not end, and the item as they tell it. */
export function cutItem(
  { item, deltas }: RunningItem,
  outputIndex: number,
  told: ToldStream,
): { readonly events: string; readonly item: string } {
  // What the client knows already is told to nobody; only the end goes out.
  const place = { told: new ToldStream(), outputIndex, id: textOf(item['id']) ?? `item_${outputIndex}` };
  const open = openItem(item, new ItemEvents(place));
  open.open();
  for (const { content, type, text } of deltas) {
    if (open instanceof MessageItem && !open.has(content)) {
      open.beginPart(content, type === 'response.refusal.delta' ? 'refusal' : 'output_text');
    }
    open.delta(content, textOf(parsedJson(text)) ?? '', []);
  }
  place.told = told;
  const events = open.end('incomplete');
  return { events, item: open.finished ?? '{}' };
}

function openItem(item: JsonRecord, events: ItemEvents): OpenItem {
  const call = {
    callId: textOf(item['call_id']) ?? '',
    name: textOf(item['name']) ?? '',
    namespace: textOf(item['namespace']),
  };
  switch (item['type']) {
    case 'message':
      return new MessageItem(events);
    case 'reasoning':
      return new ReasoningItem(events, Array.isArray(item['content']) ? 'full' : 'summary');
    case 'function_call':
      return new FunctionCallItem(events, call);
    case 'custom_tool_call':
      return new CustomCallItem(events, call, false);
    default:
      return new WholeItem(events, (_text, status) => ({ ...item, status }));
  }
}
