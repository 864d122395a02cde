import { isDeepStrictEqual } from 'node:util';

import { responsesResourceViolations } from './responses-resource-grammar.js';
import { isRecord, listOf, recordOf, toldEvents, type StreamEnd, type ToldEvent } from './told-events.js';

type Data = Readonly<Record<string, unknown>>;
type Note = (what: string) => void;

/** Texts that come in deltas: where they stand in the item, and the member in which `done` repeats the whole. */
const texts: Readonly<Record<string, { readonly place: string | null; readonly whole: string }>> = {
  'response.output_text': { place: 'content_index', whole: 'text' },
  'response.refusal': { place: 'content_index', whole: 'refusal' },
  'response.reasoning_text': { place: 'content_index', whole: 'text' },
  'response.reasoning_summary_text': { place: 'summary_index', whole: 'text' },
  'response.function_call_arguments': { place: null, whole: 'arguments' },
  'response.custom_tool_call_input': { place: null, whole: 'input' },
};
const parts: Readonly<Record<string, string>> = {
  'response.content_part': 'content_index',
  'response.reasoning_summary_part': 'summary_index',
};
const terminals = new Set(['response.completed', 'response.incomplete', 'response.failed']);

/** Codes that Codex knows what to do about (edge-api, "Streams"). */
const failureCodes = new Set([
  'server_error',
  'rate_limit_exceeded',
  'context_length_exceeded',
  'insufficient_quota',
  'invalid_prompt',
  'server_is_overloaded',
]);

/** What a Responses client would find wrong with the bytes it got; empty for a stream by the rules. */
export function responsesStreamViolations(bytes: Buffer, { end }: { readonly end: StreamEnd }): string[] {
  const { events, violations } = toldEvents(bytes, end);
  const checker = new ResponsesStreamChecker(violations);
  for (const event of events) checker.take(event);
  if (end === 'whole' && !checker.isOver) violations.push('the stream ends without a terminal event');
  return violations;
}

interface ToldItem {
  readonly id: unknown;
  readonly openParts: Set<string>;
  /** Deltas so far by `<text> <place>`; null once done. */
  readonly texts: Map<string, string | null>;
  done: Data | null;
}

class ResponsesStreamChecker {
  isOver = false;
  private id: unknown = null;
  private sequence = 0;
  private readonly items: ToldItem[] = [];

  constructor(private readonly violations: string[]) {}

  take({ place, name, data }: ToldEvent): void {
    const note: Note = (what) => void this.violations.push(`event ${place}: ${what}`);
    if (data === null) {
      note('the data is no JSON object');
      return;
    }
    const type = String(data['type']);
    if (name !== null && name !== type) note(`its name is ${name}, its type ${type}`);
    if (this.isOver) note(`${type} behind the terminal event`);
    if (data['sequence_number'] !== this.sequence) {
      note(`sequence_number ${String(data['sequence_number'])} instead of ${this.sequence}`);
    }
    this.sequence++;
    if (this.id === null && type !== 'response.created') note(`${type} before response.created`);
    if (type === 'keepalive') return;
    if (!type.startsWith('response.')) note(`an event of the type ${type}`);
    else this.takeEvent(type, data, note);
  }

  private takeEvent(type: string, data: Data, note: Note): void {
    if (isRecord(data['response'])) this.takeResource(type, data['response'], note);
    else if (type === 'response.output_item.added') this.addItem(data, note);
    else if (data['output_index'] !== undefined) this.takeInItem(type, data, note);
  }

  private takeResource(type: string, resource: Data, note: Note): void {
    if (type === 'response.created') {
      if (this.id !== null) note('a second response.created');
      this.id = resource['id'];
    }
    if (resource['id'] !== this.id) note('the id has changed');
    for (const violation of responsesResourceViolations(resource)) note(violation);
    if (!terminals.has(type)) return;
    this.isOver = true;
    if (resource['status'] !== type.slice('response.'.length)) note(`the status is ${String(resource['status'])}`);
    if (type === 'response.failed') {
      const code = recordOf(resource['error'])['code'];
      if (!failureCodes.has(String(code))) note(`the unknown code ${String(code)}`);
      return;
    }
    const open = this.items.filter(({ done }) => done === null).length;
    if (open > 0) note(`${open} items were not ended`);
    const told = this.items.flatMap(({ done }) => (done === null ? [] : [done]));
    if (!isDeepStrictEqual(resource['output'], told)) note('output differs from the items that were told');
  }

  private addItem(data: Data, note: Note): void {
    const item = recordOf(data['item']);
    if (data['output_index'] !== this.items.length)
      note(`output_index ${String(data['output_index'])} is not the next`);
    if (typeof item['type'] !== 'string') note('an item without a type');
    this.items.push({ id: item['id'], openParts: new Set(), texts: new Map(), done: null });
  }

  private takeInItem(type: string, data: Data, note: Note): void {
    const { output_index: index } = data;
    const item = typeof index === 'number' ? this.items[index] : undefined;
    if (item === undefined) {
      note(`an item ${String(index)} that was not added`);
      return;
    }
    if (item.done !== null) note(`item ${String(index)} goes on behind its end`);
    if (data['item_id'] !== undefined && data['item_id'] !== item.id) note('item_id is not that of the item');
    if (type === 'response.output_item.done') this.endItem(item, recordOf(data['item']), note);
    else {
      const dot = type.lastIndexOf('.');
      this.takePiece(item, { about: type.slice(0, dot), verb: type.slice(dot + 1), data }, note);
    }
  }

  private endItem(item: ToldItem, told: Data, note: Note): void {
    if (told['id'] !== item.id) note('the item has another id than when it was added');
    if (item.openParts.size > 0) note('the item ends with an open part');
    for (const [key, text] of item.texts) if (text !== null) note(`${key} has no done`);
    for (const part of listOf(told['content']).map((value) => recordOf(value))) {
      if (part['type'] === 'output_text' && !Array.isArray(part['logprobs'])) note('a text part without logprobs');
    }
    item.done = told;
  }

  private takePiece(
    item: ToldItem,
    { about, verb, data }: { readonly about: string; readonly verb: string; readonly data: Data },
    note: Note,
  ): void {
    const partPlace = parts[about];
    if (partPlace !== undefined) {
      const key = `${partPlace} ${String(data[partPlace])}`;
      if (verb === 'added') item.openParts.add(key);
      else if (!item.openParts.delete(key)) note('the end of a part that is not open');
      return;
    }
    const text = texts[about];
    if (text === undefined) return;
    const at = text.place === null ? '' : ` ${String(data[text.place])}`;
    const key = `${about}${at}`;
    const isInPart = about === 'response.output_text' || about === 'response.refusal';
    if (isInPart && !item.openParts.has(`content_index${at}`)) note(`${about} outside of a part`);
    if (text.place === 'summary_index' && !item.openParts.has(`summary_index${at}`)) note(`${about} outside of a part`);
    const sofar = item.texts.get(key);
    if (sofar === null) note(`${about} goes on behind its done`);
    if (verb === 'delta') {
      if (typeof data['delta'] !== 'string') note('a delta that is no text');
      if (about === 'response.output_text' && !Array.isArray(data['logprobs'])) note('a delta without logprobs');
      item.texts.set(key, `${sofar ?? ''}${String(data['delta'])}`);
    } else if (verb === 'done') {
      if (data[text.whole] !== (sofar ?? '')) note(`${about}.done differs from its deltas`);
      item.texts.set(key, null);
    }
  }
}
