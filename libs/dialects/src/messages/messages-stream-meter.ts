import type { UsageVector } from '@apilink/pricing';

import type { AnswerClosing, AnswerFailure } from '../call/answer-closing.js';
import type { AnswerPhase, AnswerStream } from '../call/answer-stream.js';
import type { CallFace } from '../call/call.js';
import type { ToldStream } from '../call/told-stream.js';
import { EventShapes } from '../chat/event-shape.js';
import { OutputMeter } from '../tokens/output-meter.js';
import { isRecord, parsedJson, textOf } from '../json/records.js';
import { piecesWith, type ByteEdit } from '../json/byte-edits.js';
import type { ByteRange } from '../json/scan-document.js';
import { EventBoundary } from '../sse/event-boundary.js';
import { eventFields } from '../sse/event-fields.js';
import { ForwardedBytes } from '../sse/forwarded-bytes.js';
import { PartialEvent } from '../sse/partial-event.js';
import { StreamOpening } from '../sse/stream-opening.js';
import { MessagesUsageReader } from '../usage/messages-usage.js';
import { deltaSlots, valueAt } from './messages-event-walk.js';
import { messagesFailure } from './messages-failure.js';
import { MessagesStreamRecord } from './messages-stream-record.js';

const LF = 0x0a;
/** Broken events that are skipped before the stream counts as broken itself. */
const MALFORMED_EVENTS_MAX = 8;
/** One event, or what is held behind the stop reason: beyond this the stream is given up. */
const EVENT_BYTES_MAX = 8 * 1024 * 1024;

/** A whole event, and its data inside it or in a copy. */
interface EventRange extends ByteRange {
  readonly bytes: Buffer;
  readonly data: ByteRange & { readonly bytes: Buffer };
}

/**
 * A stream of Messages on its way to a client that speaks Messages: bytes pass, but for the model's name in `message_start`
 * and the usage of the last `message_delta`. What comes before the first content is held back, so that another endpoint may
 * still answer. An event like one before it (EventShapes) is verified by comparing bytes; any other is parsed.
 */
export class MessagesStreamMeter implements AnswerStream {
  phase: AnswerPhase = 'waiting';
  failure: AnswerFailure | null = null;
  problem: string | null = null;
  private readonly record: MessagesStreamRecord;
  private readonly reader = new MessagesUsageReader();
  private readonly output = new OutputMeter();
  private readonly opening = new StreamOpening();
  private readonly boundary = new EventBoundary();
  private readonly partial = new PartialEvent();
  private readonly shapes = new EventShapes();
  private readonly forwarded = new ForwardedBytes();
  private readonly model: Buffer;
  /** Events in front of the first content, as they go to the client. */
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private malformedEvents = 0;
  /** The last event went out as it came, or waits. */
  private passedLast = false;
  private heldLast = false;
  private hasStart = false;
  private closed = false;

  constructor(
    face: CallFace,
    private readonly told: ToldStream,
  ) {
    this.record = new MessagesStreamRecord(face, told);
    this.model = Buffer.from(JSON.stringify(face.model));
  }

  get usage(): UsageVector | null {
    return this.reader.reading.usage;
  }

  get usageProblem(): string | null {
    return this.reader.reading.problem;
  }

  get serviceTier(): string | null {
    return this.reader.reading.serviceTier;
  }

  get finishReason(): string | null {
    return this.record.finishReason;
  }

  get outputTokens(): number {
    return this.output.tokens;
  }

  get isEmpty(): boolean {
    return this.finishReason === null && !this.output.hasContent && (this.usage?.output ?? 0) === 0;
  }

  feed(read: Buffer): Buffer | null {
    if (this.isOver || read.length === 0) return null;
    const chunk = this.opening.isStream ? read : this.openWith(read);
    if (chunk === null) return null;
    this.forwarded.begin(chunk);
    let at: number = this.boundary.begin(chunk);
    if (at === 1 && this.partial.isEmpty) this.passLineFeed(chunk);
    if (!this.partial.isEmpty) at = this.completePartial(chunk, at);
    while (at < chunk.length && !this.isOver) {
      if (this.phase === 'content' && this.shapes.forward(chunk, at, this.forwarded)) {
        this.takeMatch();
        at = this.shapes.end;
        continue;
      }
      const end = this.boundary.find(chunk, at);
      if (end < 0) {
        this.keep(chunk, at);
        break;
      }
      this.take(chunk, at, end);
      at = end;
    }
    return this.forwarded.finish();
  }

  end(): Buffer | null {
    if (this.isOver) return null;
    this.forwarded.begin(Buffer.alloc(0));
    if (!this.opening.isStream) {
      this.judgeForeign();
    } else if (!this.partial.isEmpty) {
      // The blank line behind the last event is often forgotten; half an event is not JSON and is skipped.
      const rest = Buffer.concat([this.partial.take(), Buffer.from('\n\n')]);
      this.take(rest, 0, rest.length);
    }
    if (this.phase === 'finishing') this.phase = 'complete';
    else if (this.phase === 'waiting' || this.phase === 'content') this.phase = 'cut';
    return this.forwarded.finish();
  }

  finish(closing: AnswerClosing): Buffer {
    const isNatural = this.phase === 'complete' || this.phase === 'finishing';
    this.closed = true;
    const held = this.takeWaiting();
    const { usage, serviceTier } = this;
    const end = isNatural
      ? this.record.naturalEnd(closing, usage !== null, serviceTier)
      : this.record.forcedEnd(closing, serviceTier);
    return held.length === 0 ? end : Buffer.concat([...held, end]);
  }

  private get isOver(): boolean {
    const { phase } = this;
    return this.closed || phase === 'failed' || phase === 'malformed' || phase === 'cut' || phase === 'complete';
  }

  /** It still belongs to the last event, whose carriage return ended the read before. */
  private passLineFeed(chunk: Buffer): void {
    if (this.passedLast) this.forwarded.pass(chunk, 0, 1);
    else if (this.heldLast) this.waiting.push(Buffer.from(chunk.subarray(0, 1)));
  }

  private openWith(read: Buffer): Buffer | null {
    const chunk = this.opening.add(read);
    if (this.opening.isHopeless) this.judgeForeign();
    return chunk;
  }

  /** A body that is no event stream: an error object in JSON is a failure, all else is malformed. */
  private judgeForeign(): void {
    const body = parsedJson(this.opening.text);
    this.failure = isRecord(body) ? messagesFailure(body) : null;
    if (this.failure !== null) this.phase = 'failed';
    else if (this.opening.text === '') this.phase = 'cut';
    else this.giveUp('the answer is no event stream');
  }

  private completePartial(chunk: Buffer, from: number): number {
    const end = this.boundary.find(chunk, from);
    this.partial.add(chunk.subarray(0, end < 0 ? chunk.length : end));
    if (end < 0) {
      this.bound(this.partial.length, 'an event is');
      return chunk.length;
    }
    const event = this.partial.take();
    if (this.phase === 'content' && this.shapes.forward(event, 0, this.forwarded)) this.takeMatch();
    else this.take(event, 0, event.length);
    return end;
  }

  private keep(chunk: Buffer, from: number): void {
    this.partial.add(chunk.subarray(from));
    this.bound(this.partial.length, 'an event is');
  }

  private bound(bytes: number, what: string): void {
    if (bytes > EVENT_BYTES_MAX) this.giveUp(`${what} larger than ${EVENT_BYTES_MAX} bytes`);
  }

  private giveUp(problem: string): void {
    this.phase = 'malformed';
    this.problem = problem;
  }

  private takeMatch(): void {
    this.passedLast = true;
    this.output.add(this.shapes);
  }

  /** Takes one whole event that no shape fitted. */
  private take(bytes: Buffer, start: number, end: number): void {
    this.passedLast = false;
    this.heldLast = false;
    const { name, data } = eventFields(bytes, start, end);
    if (data === null) {
      if (this.phase === 'content') this.pass(bytes, start, end);
      return;
    }
    const text = data.bytes.toString('utf8', data.start, data.end);
    if (text.trim() === '') return;
    const document = parsedJson(text);
    if (!isRecord(document)) {
      this.malformedEvents++;
      if (this.malformedEvents > MALFORMED_EVENTS_MAX) this.giveUp('too many events are not JSON');
      return;
    }
    const type = textOf(document['type']) ?? name;
    const isError = name === 'error' || type === 'error' || isRecord(document['error']);
    const failure = isError ? messagesFailure({ ...document, type: 'error' }) : null;
    if (failure === null) this.takeDocument(type, document, { bytes, start, end, data });
    else {
      this.failure = failure;
      this.phase = 'failed';
    }
  }

  private takeDocument(type: string | null, document: Record<string, unknown>, event: EventRange): void {
    this.reader.note(document);
    if (type === 'message_stop') {
      // Content that nobody finished was broken off by something in front of the model, unless its usage was told.
      const isCut = this.finishReason === null && this.usage === null;
      this.phase = isCut && this.phase !== 'waiting' ? 'cut' : 'complete';
    } else if (type === 'message_delta' && this.isEnding(document)) this.hold(document, event);
    else if (this.phase !== 'finishing') this.forward(type, document, event);
  }

  private isEnding({ delta }: Record<string, unknown>): boolean {
    return this.phase === 'finishing' || (isRecord(delta) && textOf(delta['stop_reason']) !== null);
  }

  private hold(document: Record<string, unknown>, { data }: EventRange): void {
    this.record.hold(data.bytes.subarray(data.start, data.end), document);
    this.phase = 'finishing';
    this.bound(this.record.heldBytes, 'what came behind the stop reason is');
  }

  private forward(type: string | null, document: Record<string, unknown>, event: EventRange): void {
    const { bytes, start, end, data } = event;
    const isOneLine = data.bytes === bytes;
    const edits: ByteEdit[] = [];
    if (type === 'message_start') this.noteStart(document, data, isOneLine ? edits : []);
    else if (type === 'content_block_start') this.noteBlock(document);
    else if (type === 'content_block_stop') this.record.noteBlockStop(document);
    else if (type === 'content_block_delta') this.noteDelta(document, event, isOneLine);
    if (this.phase === 'waiting') {
      const held = Buffer.concat(piecesWith(bytes, event, edits));
      this.waiting.push(held);
      this.waitingBytes += held.length;
      this.heldLast = true;
      this.bound(this.waitingBytes, 'what came before the first content is');
      return;
    }
    for (const held of this.takeWaiting()) this.forwarded.write(held);
    if (edits.length === 0) this.pass(bytes, start, end);
    else for (const piece of piecesWith(bytes, event, edits)) this.forwarded.write(piece);
    this.passedLast = true;
  }

  private noteStart(document: Record<string, unknown>, data: EventRange['data'], edits: ByteEdit[]): void {
    const message = isRecord(document['message']) ? document['message'] : {};
    this.hasStart = true;
    this.told.id ??= textOf(message['id']);
    const range = valueAt(data.bytes, data.start, ['message', 'model']);
    if (range !== null) edits.push({ ...range, bytes: this.model });
  }

  /** A call's name is content; a text or thinking block that begins is none yet. */
  private noteBlock(document: Record<string, unknown>): void {
    this.record.noteBlockStart(document);
    const block = document['content_block'];
    if (!isRecord(block)) return;
    const { type, text, thinking } = block;
    const isHollow = (type === 'text' && (text ?? '') === '') || (type === 'thinking' && (thinking ?? '') === '');
    if (!isHollow) this.noteContent();
  }

  private noteDelta(document: Record<string, unknown>, event: EventRange, isOneLine: boolean): void {
    const { bytes, start, end, data } = event;
    const slots = deltaSlots(data.bytes, data.start);
    this.output.addSlots(data.bytes, slots);
    const delta = document['delta'];
    if (isRecord(delta) && delta['type'] === 'signature_delta') this.record.noteSignature(document);
    if (slots.some((slot) => slot.end > slot.start) || slots.length === 0) this.noteContent();
    if (isOneLine && slots.length > 0 && bytes[end - 1] === LF) this.shapes.learn(bytes, { start, end }, slots, []);
  }

  private noteContent(): void {
    this.output.hasContent = true;
    if (this.phase === 'waiting') this.phase = 'content';
  }

  private takeWaiting(): Buffer[] {
    const held = this.waiting;
    this.waiting = [];
    if (this.hasStart || this.phase === 'content') this.told.isOpened = true;
    return held;
  }

  private pass(bytes: Buffer, start: number, end: number): void {
    this.forwarded.pass(bytes, start, end);
    this.passedLast = true;
  }
}
