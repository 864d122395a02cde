import type { UsageVector } from '@apilink/pricing';

import type { AnswerClosing, AnswerFailure } from '../call/answer-closing.js';
import type { AnswerPhase, AnswerStream } from '../call/answer-stream.js';
import type { ToldStream } from '../call/told-stream.js';
import { readFailure } from '../chat/chunk-reading.js';
import { OutputMeter } from '../chat/output-meter.js';
import { isRecord, parsedJson, textOf } from '../chat/records.js';
import { piecesWith, type ByteEdit } from '../json/byte-edits.js';
import { EventSplitter, type SplitEvent } from '../sse/event-splitter.js';
import { textTokens } from '../tokens/token-estimator.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { ResponsesUsageReader } from '../usage/responses-usage.js';
import type { UsageTraits } from '../usage/usage-reading.js';
import { eventMembers, itemEdits, partEdits } from './response-edits.js';
import { isCall, PassedItems } from './passed-items.js';
import type { PassedResponse } from './passed-response.js';
import { responsesEvent } from './responses-events.js';
import { failureOfResponse, responsesFailure } from './responses-failure.js';
import { wholeNumber } from './responses-parts.js';

/** Broken events that are skipped before the stream counts as broken itself. */
const MALFORMED_EVENTS_MAX = 8;
/** One event, and what is held before any content. */
const EVENT_BYTES_MAX = 8 * 1024 * 1024;

interface ReadEvent extends SplitEvent {
  readonly data: Buffer;
  readonly type: string;
  readonly document: JsonRecord;
}

/**
 * A stream of Responses whose client speaks Responses too: its events pass. Edited are the response's names and what strict
 * clients miss, sequence numbers once we have told events of our own, and the terminal event, which waits for the cost.
 */
export class ResponsesPassingStream implements AnswerStream {
  phase: AnswerPhase = 'waiting';
  failure: AnswerFailure | null = null;
  problem: string | null = null;
  finishReason: string | null = null;
  resource: Buffer | null = null;
  private readonly usageReader: ResponsesUsageReader;
  private readonly splitter = new EventSplitter();
  private readonly output = new OutputMeter();
  private readonly items = new PassedItems();
  private heldBytes = 0;
  private malformedEvents = 0;
  private isClosed = false;
  private isOpenedElsewhere = false;
  /** Until there is content another endpoint may still answer: nothing may have been told of this one. */
  private held: ReadEvent[] = [];
  private terminal: ReadEvent | null = null;
  private out: Buffer[] = [];

  constructor(
    private readonly response: PassedResponse,
    private readonly told: ToldStream,
    traits: UsageTraits,
  ) {
    this.usageReader = new ResponsesUsageReader(traits);
  }

  get usage(): UsageVector | null {
    return this.usageReader.reading.usage;
  }

  get usageProblem(): string | null {
    return this.usageReader.reading.problem;
  }

  get serviceTier(): string | null {
    return this.usageReader.reading.serviceTier;
  }

  get outputTokens(): number {
    return this.output.tokens;
  }

  get isEmpty(): boolean {
    return !this.output.hasContent && (this.usage?.output ?? 0) === 0 && this.finishReason === null;
  }

  feed(read: Buffer): Buffer | null {
    if (this.isOver || read.length === 0) return null;
    for (const event of this.splitter.split(read)) {
      if (this.isOver) break;
      this.take(event);
    }
    if (this.splitter.waitingBytes > EVENT_BYTES_MAX) this.giveUp(`an event is larger than ${EVENT_BYTES_MAX} bytes`);
    if (this.splitter.isForeign) this.judgeForeign();
    return this.written();
  }

  end(): Buffer | null {
    if (this.isOver) return null;
    const rest = this.splitter.rest();
    if (rest !== null) this.take(rest);
    else if (this.splitter.foreignText !== '') this.judgeForeign();
    if (this.phase === 'waiting' || this.phase === 'content') this.phase = 'cut';
    return this.written();
  }

  finish(closing: AnswerClosing): Buffer {
    this.isClosed = true;
    const { terminal } = this;
    if (terminal === null || this.phase !== 'complete') return this.cut(closing);
    if (this.held.length > 0 || !this.told.isOpened) this.release();
    const before = this.written();
    const { response } = eventMembers(terminal.data);
    const keptUsage = this.usage !== null;
    this.resource = this.response.closed(terminal.data, response, {
      closing,
      keptUsage,
      id: this.told.id,
      items: this.items.list,
      status: terminal.type === 'response.incomplete' ? 'incomplete' : 'completed',
    });
    const last = responsesEvent(this.told, terminal.type, `"response":${this.resource.toString()}`);
    return Buffer.concat([...(before === null ? [] : [before]), Buffer.from(last)]);
  }

  /** The hold has run out: what is open ends here, and the response with it. */
  private cut(closing: AnswerClosing): Buffer {
    const opening = this.response.opening(this.told);
    const ends = this.items.cut(this.told);
    this.resource = Buffer.from(this.response.cut(this.told, this.items.list, closing));
    const last = responsesEvent(this.told, 'response.incomplete', `"response":${this.resource.toString()}`);
    return Buffer.from(opening + ends + last);
  }

  private get isOver(): boolean {
    const { phase } = this;
    return this.isClosed || this.terminal !== null || phase === 'failed' || phase === 'malformed' || phase === 'cut';
  }

  private written(): Buffer | null {
    const [only] = this.out;
    if (only === undefined) return null;
    const bytes = this.out.length === 1 ? only : Buffer.concat(this.out);
    this.out = [];
    return bytes;
  }

  private take(event: SplitEvent): void {
    const { data, name } = event;
    if (data === null || data.length === 0) return;
    const text = data.toString();
    if (text.trim() === '[DONE]') return;
    const document = parsedJson(text);
    if (!isRecord(document)) {
      this.malformedEvents++;
      if (this.malformedEvents > MALFORMED_EVENTS_MAX) this.giveUp('too many events are not JSON');
      return;
    }
    const type = textOf(document['type']) ?? name ?? '';
    this.takeEvent({ ...event, data, type, document });
  }

  private takeEvent(event: ReadEvent): void {
    switch (event.type) {
      case 'response.completed':
      case 'response.incomplete':
        this.complete(event);
        break;
      case 'response.failed':
      case 'response.cancelled':
      case 'error':
        this.fail(event);
        break;
      case 'keepalive':
        if (this.phase === 'content') this.forward(event);
        break;
      default:
        this.note(event);
        if (this.phase === 'content') this.forward(event);
        else this.hold(event);
    }
  }

  private hold(event: ReadEvent): void {
    // The read's memory is not ours to keep.
    this.held.push({ ...event, raw: Buffer.from(event.raw), data: Buffer.from(event.data) });
    this.heldBytes += event.raw.length;
    if (this.heldBytes > EVENT_BYTES_MAX) this.giveUp('too much came before any content');
    if (this.output.hasContent && this.phase === 'waiting') {
      this.phase = 'content';
      this.release();
    }
  }

  /** What was held goes out, behind the opening events: ours, where a keep-alive sent them or the upstream has none. */
  private release(): void {
    const held = this.held.splice(0);
    const hasOwn = !this.told.isOpened && held[0]?.type === 'response.created';
    this.isOpenedElsewhere = !hasOwn;
    const opening = hasOwn ? '' : this.response.opening(this.told);
    if (opening !== '') this.out.push(Buffer.from(opening));
    for (const event of held) this.forward(event);
  }

  /** Counts what an event tells, and remembers its item. */
  private note({ type, document, data }: ReadEvent): void {
    const index = wholeNumber(document['output_index']) ?? this.items.next;
    const { item } = document;
    if (type.endsWith('.delta')) {
      const delta = textOf(document['delta']) ?? '';
      if (delta === '') return;
      this.output.add({ ...textTokens(delta), hasContent: true });
      this.items.delta(index, type, document, delta.length);
    } else if (type === 'response.output_item.added') {
      if (isRecord(item)) this.items.begin(index, item);
      if (isCall(item)) this.output.hasContent = true;
    } else if (type === 'response.output_item.done') {
      this.items.end(index, data);
      this.output.hasContent = true;
    }
  }

  private forward(event: ReadEvent): void {
    const { type, document, data, raw } = event;
    const isHead = type === 'response.created' || type === 'response.queued' || type === 'response.in_progress';
    if (isHead) {
      this.forwardHead(event);
      return;
    }
    const sequence = this.told.nextSequence;
    if (document['sequence_number'] === sequence && !this.mayMiss(type, document)) {
      this.told.nextSequence++;
      this.out.push(raw);
      return;
    }
    this.forwardEdited(type, data);
  }

  /** The response's own events: under the id that the client has seen, and only once each. */
  private forwardHead({ type, data, document }: ReadEvent): void {
    const isCreated = type === 'response.created';
    if (this.isOpenedElsewhere && (isCreated || type === 'response.in_progress')) return;
    const { response } = document;
    if (isCreated) {
      this.told.isOpened = true;
      this.told.id ??= isRecord(response) ? textOf(response['id']) : null;
    }
    const { response: range } = eventMembers(data);
    const edited = this.response.running(data, range, this.told.id);
    this.out.push(Buffer.from(responsesEvent(this.told, type, `"response":${edited.toString()}`)));
  }

  private mayMiss(type: string, document: JsonRecord): boolean {
    switch (type) {
      case 'response.output_text.delta':
      case 'response.output_text.done':
        return document['logprobs'] === undefined;
      case 'response.content_part.added':
      case 'response.content_part.done':
      case 'response.output_item.done':
        return true;
      default:
        return false;
    }
  }

  private forwardEdited(type: string, data: Buffer): void {
    const members = eventMembers(data);
    const { open, sequence, item, part } = members;
    const edits: ByteEdit[] = [];
    const number = this.told.nextSequence++;
    if (sequence !== null) edits.push({ ...sequence, bytes: Buffer.from(String(number)) });
    const added = sequence === null ? [`"sequence_number":${number}`] : [];
    if (type.startsWith('response.output_text.d') && !members.hasLogprobs) added.push('"logprobs":[]');
    if (added.length > 0) edits.push({ start: open + 1, end: open + 1, bytes: Buffer.from(`${added.join(',')},`) });
    if (item !== null) edits.push(...itemEdits(data, item.start));
    if (part !== null) edits.push(...partEdits(data, part.start));
    const document = Buffer.concat(piecesWith(data, { start: 0, end: data.length }, edits));
    // Line feeds between tokens came from data in several lines; one line must hold the whole document now.
    for (let at = document.indexOf(0x0a); at >= 0; at = document.indexOf(0x0a, at + 1)) document[at] = 0x20;
    this.out.push(Buffer.from(`event: ${type}\ndata: `), document, Buffer.from('\n\n'));
  }

  private complete(event: ReadEvent): void {
    const told = event.document['response'];
    const response = isRecord(told) ? told : {};
    this.usageReader.note({ ...event.document, response: { object: 'response', ...response } });
    const failure = failureOfResponse(response);
    if (failure !== null) {
      this.failure = failure;
      this.phase = 'failed';
      return;
    }
    const { incomplete_details: details } = response;
    const reason = isRecord(details) ? textOf(details['reason']) : null;
    this.finishReason = event.type === 'response.incomplete' ? (reason ?? 'incomplete') : 'completed';
    this.terminal = { ...event, data: Buffer.from(event.data) };
    this.phase = 'complete';
  }

  private fail({ document }: ReadEvent): void {
    const { response } = document;
    this.usageReader.note(document);
    const told = isRecord(response) ? failureOfResponse(response) : null;
    this.failure = told ?? responsesFailure(document['error'] ?? document);
    this.phase = 'failed';
  }

  /** A body that is no event stream: an error object in JSON is a failure, all else is malformed. */
  private judgeForeign(): void {
    const body = parsedJson(this.splitter.foreignText);
    this.failure = isRecord(body) ? readFailure(body['error']) : null;
    if (this.failure !== null) this.phase = 'failed';
    else this.giveUp('the answer is no event stream');
  }

  private giveUp(problem: string): void {
    this.phase = 'malformed';
    this.problem = problem;
  }
}
