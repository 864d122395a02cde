import { isRecord, listOf, parsedJson, textOf } from '../chat/records.js';
import { EventSplitter } from '../sse/event-splitter.js';
import type { JsonRecord } from '../turn/turn-request.js';

/** One event of a stream, parsed. */
export interface CheckedEvent {
  readonly type: string;
  readonly event: JsonRecord;
}

interface CheckedItem {
  readonly added: JsonRecord;
  readonly openParts: Set<string>;
  readonly texts: Map<string, string>;
  isDone: boolean;
}

/** Events after which nothing may come. */
const terminals: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete', 'response.failed']);

/**
 * What is wrong with a stream of Responses by the grammar that its clients insist on (docs/dialects.md); empty when nothing is.
 */
export function responsesGrammarProblems(stream: Buffer): string[] {
  return new GrammarCheck().check(stream);
}

/** The events of a whole stream. */
export function responsesEvents(stream: Buffer): CheckedEvent[] {
  const events: CheckedEvent[] = [];
  for (const { data } of new EventSplitter().split(stream)) {
    const event = data === null ? null : parsedJson(data.toString());
    if (isRecord(event)) events.push({ type: textOf(event['type']) ?? '', event });
  }
  return events;
}

class GrammarCheck {
  private readonly problems: string[] = [];
  private readonly items = new Map<unknown, CheckedItem>();
  private readonly done: unknown[] = [];
  private id: unknown = null;
  private isOver = false;

  check(stream: Buffer): string[] {
    let sequence = 0;
    for (const { name, data } of new EventSplitter().split(stream)) {
      const event = data === null ? null : parsedJson(data.toString());
      if (!isRecord(event)) {
        this.problems.push('an event is no JSON object');
        continue;
      }
      const type = textOf(event['type']) ?? '';
      if (name !== null && name !== type) this.problems.push(`${type} is called ${name}`);
      if (event['sequence_number'] !== sequence)
        this.problems.push(`${type} has the number ${String(event['sequence_number'])}, not ${sequence}`);
      if (this.isOver) this.problems.push(`${type} follows the last event`);
      if (sequence === 0 && type !== 'response.created') this.problems.push(`the first event is ${type}`);
      if (sequence > 0 && type === 'response.created') this.problems.push('response.created comes twice');
      sequence++;
      this.take(type, event);
    }
    if (!this.isOver) this.problems.push('there is no last event');
    return this.problems;
  }

  private take(type: string, event: JsonRecord): void {
    const { response } = event;
    if (isRecord(response)) this.takeResponse(type, response);
    const index = event['output_index'];
    if (type === 'response.output_item.added') {
      const item = isRecord(event['item']) ? event['item'] : {};
      if (this.items.has(index)) this.problems.push(`item ${String(index)} is added twice`);
      if (index !== this.items.size) this.problems.push(`item ${String(index)} is added as number ${this.items.size}`);
      this.items.set(index, { added: item, openParts: new Set(), texts: new Map(), isDone: false });
    } else if (index !== undefined) this.takeInside(type, event, this.items.get(index));
  }

  private takeResponse(type: string, response: JsonRecord): void {
    this.id ??= response['id'];
    if (response['id'] !== this.id) this.problems.push(`${type} changes the id`);
    this.problems.push(...resourceProblems(response, terminals.has(type)).map((problem) => `${type}: ${problem}`));
    if (!terminals.has(type)) return;
    this.isOver = true;
    if (type === 'response.failed') return;
    for (const [index, item] of this.items) if (!item.isDone) this.problems.push(`item ${String(index)} never ends`);
    if (JSON.stringify(response['output']) !== JSON.stringify(this.done)) {
      this.problems.push('the output is not the list of finished items');
    }
  }

  private takeInside(type: string, event: JsonRecord, item: CheckedItem | undefined): void {
    if (item === undefined || item.isDone) {
      this.problems.push(`${type} belongs to no open item`);
      return;
    }
    const part = JSON.stringify(event['content_index'] ?? event['summary_index'] ?? null);
    if (type === 'response.output_item.done') {
      item.isDone = true;
      const done = isRecord(event['item']) ? event['item'] : {};
      this.done.push(done);
      if (item.openParts.size > 0) this.problems.push('an item ends before its parts');
      if (done['id'] !== item.added['id'] || done['type'] !== item.added['type'])
        this.problems.push('an item changes its name');
      return;
    }
    if (event['item_id'] !== item.added['id']) this.problems.push(`${type} names another item`);
    if (type.endsWith('part.added')) item.openParts.add(part);
    else if (type.endsWith('part.done') && !item.openParts.delete(part)) this.problems.push(`${type} ends no part`);
    else if (type.endsWith('.delta')) {
      const isCall = type.includes('arguments') || type.includes('custom_tool_call');
      if (!isCall && !item.openParts.has(part)) this.problems.push(`${type} belongs to no open part`);
      if (type === 'response.output_text.delta' && !Array.isArray(event['logprobs']))
        this.problems.push('a delta has no logprobs');
      item.texts.set(part, (item.texts.get(part) ?? '') + (textOf(event['delta']) ?? ''));
    } else if (type.endsWith('.done')) this.checkText(type, event, item.texts.get(part) ?? '');
  }

  private checkText(type: string, event: JsonRecord, told: string): void {
    const whole = event['text'] ?? event['arguments'] ?? event['input'] ?? event['refusal'];
    if (typeof whole === 'string' && whole !== told) this.problems.push(`${type} tells another text than its deltas`);
  }
}

const numbers = ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'top_logprobs', 'created_at'];
const texts = ['id', 'truncation', 'service_tier', 'model', 'status'];
const present = [
  'max_tool_calls',
  'safety_identifier',
  'prompt_cache_key',
  'previous_response_id',
  'instructions',
  'error',
];

/** What the open specification wants of a response and does not find. */
export function resourceProblems(response: JsonRecord, isClosed: boolean): string[] {
  const problems: string[] = [];
  for (const key of numbers) if (typeof response[key] !== 'number') problems.push(`${key} is no number`);
  for (const key of texts) if (typeof response[key] !== 'string') problems.push(`${key} is no text`);
  for (const key of ['store', 'background']) if (typeof response[key] !== 'boolean') problems.push(`${key} is no flag`);
  for (const key of present) if (!Object.hasOwn(response, key)) problems.push(`${key} is missing`);
  if (!Array.isArray(response['output'])) problems.push('output is no list');
  if (!isClosed || response['status'] === 'failed') return problems;
  if (typeof response['completed_at'] !== 'number') problems.push('completed_at is no number');
  return [...problems, ...usageProblems(response['usage']), ...listOf(response['output']).flatMap(textProblems)];
}

function textProblems(item: unknown): string[] {
  if (!isRecord(item) || item['type'] !== 'message') return [];
  const parts = listOf(item['content']).filter(isRecord);
  const lacking = parts.filter((part) => part['type'] === 'output_text' && !Array.isArray(part['logprobs']));
  return lacking.map(() => 'a text has no logprobs');
}

function usageProblems(usage: unknown): string[] {
  if (!isRecord(usage)) return ['usage is no object'];
  const problems: string[] = [];
  for (const key of ['input_tokens', 'output_tokens', 'total_tokens', 'cost']) {
    if (typeof usage[key] !== 'number') problems.push(`usage.${key} is no number`);
  }
  for (const key of ['input_tokens_details', 'output_tokens_details', 'cost_details']) {
    if (!isRecord(usage[key])) problems.push(`usage.${key} is no object`);
  }
  return problems;
}
