import type { UsageVector } from '@apilink/pricing';

import type { AnswerClosing, AnswerFailure } from '../call/answer-closing.js';
import type { AnswerPhase, AnswerStream } from '../call/answer-stream.js';
import type { ToldStream } from '../call/told-stream.js';
import { readFailure } from '../call/read-failure.js';
import { OutputMeter } from '../tokens/output-meter.js';
import { isRecord, parsedJson, textOf } from '../json/records.js';
import { EventSplitter, type SplitEvent } from '../sse/event-splitter.js';
import { countStringTokens } from '../tokens/token-estimator.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { ResponsesUsageReader } from '../usage/responses-usage.js';
import type { UsageTraits } from '../usage/usage-reading.js';
import { DeltaShape } from './delta-shape.js';
import { editedEvent, eventMembers, mayMissMembers } from './event-edits.js';
import { isCall, PassedItems } from './passed-items.js';
import type { PassedResponse } from './passed-response.js';
import { responsesEvent } from './responses-events.js';
import { failureOfResponse, responsesFailure } from './responses-failure.js';
import { wholeNumber } from './responses-parts.js';

/** Broken events that are skipped before the stream counts as broken itself. */
const MALFORMED_EVENTS_MAX = 8;
const SHAPES_MAX = 3;
/** Learning goes on as long as it may pay: a stream in which every delta differs (log probabilities) is parsed. */
const LEARNED_MAX = 64;
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
  private shapes: DeltaShape[] = [];
  private learned = 0;
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
    const matched = this.phase === 'content' && this.splitter.waitingBytes === 0 ? this.passDeltas(read) : 0;
    for (const event of matched === read.length ? [] : this.splitter.split(read.subarray(matched))) {
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

  /** Deltas at the beginning of a read that are like one before them: they pass, and so many bytes of it are done. */
  private passDeltas(read: Buffer): number {
    let at = 0;
    while (at < read.length) {
      const shape = this.shapes.find((one) => one.match(read, at, this.told.nextSequence));
      if (shape === undefined) break;
      const { type, outputIndex, content, textStart, textEnd: end } = shape;
      this.told.nextSequence++;
      this.count(read, textStart, end);
      this.items.delta(outputIndex, { content, type, text: read.toString('utf8', textStart - 1, end + 1) });
      at = shape.end;
    }
    if (at > 0) this.out.push(read.subarray(0, at));
    return at;
  }

  private count(bytes: Buffer, start: number, end: number): void {
    const hundredths = countStringTokens(bytes, start, end);
    this.output.add({ hundredths, textBytes: end - start, hasContent: true });
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
      const { delta } = eventMembers(data);
      if (delta === null || typeof document['delta'] !== 'string' || document['delta'] === '') return;
      this.count(data, delta.start + 1, delta.end - 1);
      const content = wholeNumber(document['content_index']) ?? 0;
      this.items.delta(index, { content, type, text: data.toString('utf8', delta.start, delta.end) });
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
    if (document['sequence_number'] === sequence && !mayMissMembers(type, document)) {
      this.told.nextSequence++;
      this.out.push(raw);
      if (type.endsWith('.delta')) this.learn(event);
      return;
    }
    this.out.push(editedEvent(type, data, this.told.nextSequence++));
  }

  /** A stream has few shapes of deltas at a time: its text's, or its arguments'. */
  private learn({ raw, data, type, document }: ReadEvent): void {
    if (this.learned++ > LEARNED_MAX) return;
    const outputIndex = wholeNumber(document['output_index']) ?? this.items.next;
    const shape = DeltaShape.of(raw, data, { type, outputIndex, content: wholeNumber(document['content_index']) ?? 0 });
    if (shape !== null) this.shapes = [shape, ...this.shapes].slice(0, SHAPES_MAX);
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
