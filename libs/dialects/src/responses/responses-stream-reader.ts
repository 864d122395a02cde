import { isRecord, listOf, parsedJson, textOf } from '../json/records.js';
import type { PartBeginning, StreamEvent, TurnEvent, TurnStreamReader } from '../turn/turn-event.js';
import type { TurnChoice } from '../turn/turn-answer.js';
import type { ReasoningPart, TurnCitation } from '../turn/turn-part.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { ResponsesUsageReader } from '../usage/responses-usage.js';
import type { UsageReading, UsageTraits } from '../usage/usage-reading.js';
import { partsOfItem, stopReasonOf } from './read-responses-answer.js';
import { failureOfResponse, responsesFailure } from './responses-failure.js';
import { beginningFor, callOf, citationOf, logprobsOf, wholeNumber } from './responses-parts.js';

/** A part that the client has been told of. */
interface OpenPart {
  readonly part: number;
  readonly is: PartBeginning;
  /** Characters told; a `done` event tells the whole text again. */
  toldCharacters: number;
  citations: number;
  /** The summary that the last text belonged to. */
  summary: number;
  isEnded: boolean;
}

interface OpenItem {
  item: JsonRecord;
  /** By content index; reasoning and calls have one part. */
  readonly parts: Map<number, OpenPart>;
  isDone: boolean;
}

interface FinishedPart {
  readonly content: number;
  readonly part: TurnChoice['parts'][number];
  readonly item: JsonRecord;
}

/** Between two summaries of one reasoning item, which are told as one text. */
const BETWEEN_SUMMARIES = '\n\n';
const none: readonly TurnEvent[] = [];

/**
 * Reads a stream of Responses. What it tells only at the end of an item or of the response is told then: some upstreams send
 * no deltas at all. Events of tools that the provider runs itself tell nothing, and neither do unknown ones.
 */
export class ResponsesStreamReader implements TurnStreamReader {
  private readonly usageReader: ResponsesUsageReader;
  private readonly items = new Map<number, OpenItem>();
  private parts = 0;
  private hasBegun = false;
  private hasCalls = false;
  private events: TurnEvent[] = [];

  constructor(traits: UsageTraits) {
    this.usageReader = new ResponsesUsageReader(traits);
  }

  get usage(): UsageReading {
    return this.usageReader.reading;
  }

  read({ name, data }: StreamEvent): readonly TurnEvent[] | null {
    if (data.trim() === '[DONE]') return none;
    const event = parsedJson(data);
    if (!isRecord(event)) return null;
    this.events = [];
    this.take(textOf(event['type']) ?? name ?? '', event);
    return this.events;
  }

  end(): readonly TurnEvent[] {
    return none;
  }

  private take(type: string, event: JsonRecord): void {
    const { response } = event;
    switch (type) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        this.begin(isRecord(response) ? response : {});
        break;
      case 'response.completed':
      case 'response.incomplete':
        this.complete(isRecord(response) ? response : {}, event);
        break;
      case 'response.failed':
      case 'response.cancelled':
        this.fail(isRecord(response) ? response : {}, event);
        break;
      case 'error':
        this.events.push({ kind: 'failed', failure: responsesFailure(event['error'] ?? event) });
        break;
      default:
        this.takeItemEvent(type, event);
    }
  }

  private takeItemEvent(type: string, event: JsonRecord): void {
    const index = wholeNumber(event['output_index']);
    switch (type) {
      case 'response.output_item.added':
        this.openItem(index, event['item']);
        break;
      case 'response.output_item.done':
        if (isRecord(event['item'])) this.endItem(this.openItem(index, event['item']), event['item']);
        break;
      case 'response.content_part.added':
        this.openContent(event);
        break;
      case 'response.output_text.delta':
      case 'response.refusal.delta':
      case 'response.reasoning_text.delta':
      case 'response.reasoning_summary_text.delta':
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        this.tell(this.partFor(type, event), event);
        break;
      case 'response.output_text.annotation.added':
        this.cite(this.partFor(type, event), citationOf(event['annotation']));
        break;
      case 'response.content_part.done':
        this.endContent(event);
        break;
      default:
    }
  }

  private begin(response: JsonRecord): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    const createdSeconds = wholeNumber(response['created_at']);
    this.events.push({ kind: 'begun', id: textOf(response['id']), createdSeconds, model: textOf(response['model']) });
  }

  private openItem(index: number | null, told: unknown): OpenItem {
    this.begin({});
    const item = isRecord(told) ? told : {};
    const at = index ?? this.nextIndex(item);
    const known = this.items.get(at);
    if (known !== undefined) return known;
    const open: OpenItem = { item, parts: new Map(), isDone: false };
    this.items.set(at, open);
    if (item['type'] === 'function_call' || item['type'] === 'custom_tool_call') this.beginPart(open, 0, callOf(item));
    return open;
  }

  /** Upstreams that number nothing send one item after the other. */
  private nextIndex(item: JsonRecord): number {
    for (const [index, open] of this.items) if (!open.isDone && open.item['id'] === item['id']) return index;
    return this.items.size;
  }

  private openContent(event: JsonRecord): void {
    const part = isRecord(event['part']) ? event['part'] : {};
    const open = this.openItem(wholeNumber(event['output_index']) ?? this.lastIndex, {});
    const { type } = part;
    const content = wholeNumber(event['content_index']) ?? 0;
    if (open.parts.has(content)) return;
    if (type === 'output_text') this.beginPart(open, content, { type: 'text' });
    else if (type === 'refusal') this.beginPart(open, content, { type: 'refusal' });
  }

  private get lastIndex(): number {
    return Math.max(0, this.items.size - 1);
  }

  private beginPart(open: OpenItem, content: number, is: PartBeginning): OpenPart {
    const made: OpenPart = { part: this.parts++, is, toldCharacters: 0, citations: 0, summary: 0, isEnded: false };
    open.parts.set(content, made);
    if (is.type === 'tool_call') this.hasCalls = true;
    this.events.push({ kind: 'part_begun', choice: 0, part: made.part, is });
    return made;
  }

  private partFor(type: string, event: JsonRecord): OpenPart {
    const open = this.openItem(wholeNumber(event['output_index']) ?? this.lastIndex, {});
    const isContent = type.startsWith('response.output_text') || type.startsWith('response.refusal');
    const content = isContent ? (wholeNumber(event['content_index']) ?? 0) : 0;
    const known = open.parts.get(content);
    if (known === undefined) return this.beginPart(open, content, beginningFor(type, open.item));
    const summary = wholeNumber(event['summary_index']);
    if (summary !== null && summary !== known.summary) {
      known.summary = summary;
      if (known.toldCharacters > 0) this.delta(known, BETWEEN_SUMMARIES);
    }
    return known;
  }

  private tell(part: OpenPart, event: JsonRecord): void {
    const text = textOf(event['delta']) ?? '';
    if (text === '' || part.isEnded) return;
    part.toldCharacters += text.length;
    this.events.push({ kind: 'delta', choice: 0, part: part.part, text, logprobs: logprobsOf(event['logprobs']) });
  }

  private delta(part: OpenPart, text: string): void {
    if (text === '' || part.isEnded) return;
    part.toldCharacters += text.length;
    this.events.push({ kind: 'delta', choice: 0, part: part.part, text, logprobs: [] });
  }

  private cite(part: OpenPart, citation: TurnCitation | null): void {
    if (citation === null || part.isEnded) return;
    part.citations++;
    this.events.push({ kind: 'citation', choice: 0, part: part.part, citation });
  }

  private endContent(event: JsonRecord): void {
    const open = this.openItem(wholeNumber(event['output_index']) ?? this.lastIndex, {});
    const known = open.parts.get(wholeNumber(event['content_index']) ?? 0);
    const told = isRecord(event['part']) ? event['part'] : {};
    // Whole reasoning ends with its item, whose seal still comes.
    if (known === undefined || known.is.type === 'reasoning') return;
    this.catchUp(known, textOf(told['text']) ?? textOf(told['refusal']) ?? '');
    this.endPart(known);
  }

  /** What a `done` event tells beyond the deltas: all of it where an upstream sent none. */
  private catchUp(part: OpenPart, whole: string): void {
    if (whole.length > part.toldCharacters) this.delta(part, whole.slice(part.toldCharacters));
  }

  private endPart(part: OpenPart): void {
    if (part.isEnded) return;
    part.isEnded = true;
    this.events.push({ kind: 'part_ended', choice: 0, part: part.part });
  }

  private endItem(open: OpenItem, item: JsonRecord): void {
    if (open.isDone) return;
    open.isDone = true;
    for (const [content, part] of partsOfItem(item).entries()) this.tellWhole(open, { content, part, item });
    for (const part of open.parts.values()) this.endPart(part);
  }

  /** A part of a finished item: what of it was not told by deltas. */
  private tellWhole(open: OpenItem, { content, part, item }: FinishedPart): void {
    if (part.type === 'media') {
      const { mediaType, data } = part;
      this.endPart(this.beginPart(open, content, { type: 'media', mediaType, data }));
    } else if (part.type === 'reasoning') {
      this.tellReasoning(open, part);
    } else if (part.type === 'tool_call') {
      this.catchUp(open.parts.get(0) ?? this.beginPart(open, 0, callOf(item)), part.input);
    } else if (part.type === 'text' || part.type === 'refusal') {
      const known = open.parts.get(content) ?? this.beginPart(open, content, { type: part.type });
      this.catchUp(known, part.text);
      if (part.type === 'text' && known.citations === 0) for (const one of part.citations) this.cite(known, one);
    }
  }

  /** Reasoning of which there is neither text nor seal is no part. */
  private tellReasoning(open: OpenItem, { text, summaries, seal, isRedacted, id }: ReasoningPart): void {
    const told = text === '' ? 'summary' : 'full';
    const whole = text === '' ? summaries.join(BETWEEN_SUMMARIES) : text;
    if (!open.parts.has(0) && whole === '' && seal === null) return;
    const known = open.parts.get(0) ?? this.beginPart(open, 0, { type: 'reasoning', told, isRedacted, id });
    if (known.toldCharacters === 0) this.catchUp(known, whole);
    if (seal !== null) this.events.push({ kind: 'seal', choice: 0, part: known.part, seal });
  }

  private complete(response: JsonRecord, event: JsonRecord): void {
    this.begin(response);
    this.usageReader.note({ ...event, response: { object: 'response', ...response } });
    const failure = failureOfResponse(response);
    if (failure !== null) {
      this.events.push({ kind: 'failed', failure });
      return;
    }
    // What an upstream tells only here.
    for (const [index, item] of listOf(response['output']).entries()) {
      if (isRecord(item)) this.endItem(this.openItem(index, item), item);
    }
    for (const open of this.items.values()) for (const part of open.parts.values()) this.endPart(part);
    const status = event['type'] === 'response.incomplete' ? 'incomplete' : (response['status'] ?? 'completed');
    const reason = stopReasonOf({ ...response, status }, this.hasCalls) ?? 'other';
    this.events.push({ kind: 'finish', choice: 0, reason, stopSequence: null }, { kind: 'over' });
  }

  private fail(response: JsonRecord, event: JsonRecord): void {
    this.usageReader.note({ ...event, response: { object: 'response', ...response } });
    const failure = failureOfResponse(response) ?? responsesFailure(event['error']);
    this.events.push({ kind: 'failed', failure });
  }
}
