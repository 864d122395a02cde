import type { UsageVector } from '@apilink/pricing';

import { piecesWith } from '../json/byte-edits.js';
import type { ByteRange } from '../json/scan-document.js';
import { EventBoundary } from '../sse/event-boundary.js';
import { eventFields } from '../sse/event-fields.js';
import { ForwardedBytes } from '../sse/forwarded-bytes.js';
import { PartialEvent } from '../sse/partial-event.js';
import { StreamOpening } from '../sse/stream-opening.js';
import type { ToldStream } from '../call/told-stream.js';
import type { AnswerPhase, AnswerStream } from '../call/answer-stream.js';
import type { AnswerClosing, AnswerFailure } from '../call/answer-closing.js';
import type { ChatUsageQuirks } from './chat-usage-quirks.js';
import { writeEnding } from './chat-stream-ending.js';
import { ChatStreamRecord } from './chat-stream-record.js';
import { writeChunkEvent } from './chat-stream-writer.js';
import { chunkEdits } from './chunk-edits.js';
import { readFailure } from '../call/read-failure.js';
import { readChunk, type ChunkReading } from './chunk-reading.js';
import { walkChunk } from './chunk-walk.js';
import { EventShapes } from './event-shape.js';
import { OutputMeter } from '../tokens/output-meter.js';
import { isRecord, parsedJson } from '../json/records.js';

export interface ChatStreamOptions {
  /** The public name of the model, written into every chunk; null leaves the upstream's. */
  readonly model: string | null;
  /** The id that the client has already seen, of an earlier attempt; null takes the upstream's first. */
  readonly id: string | null;
  /** Learns the id that the client has seen, once a chunk has gone out. */
  readonly told?: ToldStream;
  /** For chunks that we write before the upstream has told its own: an id, and seconds since 1970. */
  readonly standIn: { readonly id: string; readonly createdSeconds: number };
  /** The client asked for its own usage chunk. */
  readonly includeUsage: boolean;
  /** `n` of the request. */
  readonly choices: number;
  readonly quirks: ChatUsageQuirks;
}

const LF = 0x0a;

/** Broken events that are skipped before the stream counts as broken itself. */
const MALFORMED_EVENTS_MAX = 8;
/** One event, or what is held behind the finish reason: beyond this the stream is given up. */
const EVENT_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Reads an upstream's chat stream once and says what may go to the client. Only whole events are forwarded, so that a
 * comment or an error may follow at any time. An event like one before it (EventShapes) is verified by comparing bytes; any
 * other is parsed. Forwarded bytes and figures do not depend on how the stream was cut into chunks.
 */
export class ChatStreamMeter implements AnswerStream {
  phase: AnswerPhase = 'waiting';
  failure: AnswerFailure | null = null;
  /** Why the phase is `malformed`. */
  problem: string | null = null;
  /** Events that were skipped because they were not JSON. */
  malformedEvents = 0;

  private readonly record: ChatStreamRecord;
  private readonly output = new OutputMeter();
  private readonly opening = new StreamOpening();
  private readonly boundary = new EventBoundary();
  private readonly partial = new PartialEvent();
  private readonly shapes = new EventShapes();
  private readonly forwarded = new ForwardedBytes();
  /** The last event went out as it came, so a line feed that still belongs to it may follow. */
  private passedLast = false;
  private closed = false;

  constructor(private readonly options: ChatStreamOptions) {
    this.record = new ChatStreamRecord(options);
  }

  /** What the upstream told; the last one counts. */
  get usage(): UsageVector | null {
    return this.record.usage;
  }

  /** Why `usage` is null though the upstream sent one. */
  get usageProblem(): string | null {
    return this.record.usageProblem;
  }

  /** Of choice 0, or of the first that ended. */
  get finishReason(): string | null {
    return this.record.progress.finishReason;
  }

  /** The last that the upstream told. */
  get serviceTier(): string | null {
    return this.record.serviceTier;
  }

  /** The id that the client sees; null before the first chunk. */
  get id(): string | null {
    return this.record.id;
  }

  /** Output tokens seen so far, our own count (OutputMeter). Grows only. */
  get outputTokens(): number {
    return this.output.tokens;
  }

  /** 0 output tokens and no finish reason, or finish `error`: the customer pays nothing. */
  get isEmpty(): boolean {
    const told = this.usage?.output ?? 0;
    const nothing = !this.output.hasContent && told === 0;
    return this.finishReason === 'error' || (nothing && this.finishReason === null);
  }

  /** Takes the next bytes of the upstream; gives what goes to the client in one write, null when nothing does. */
  feed(read: Buffer): Buffer | null {
    if (this.isOver || read.length === 0) return null;
    const chunk = this.opening.isStream ? read : this.openWith(read);
    if (chunk === null) return null;
    this.forwarded.begin(chunk);
    let at: number = this.boundary.begin(chunk);
    if (at === 1 && this.partial.isEmpty && this.passedLast) this.forwarded.pass(chunk, 0, 1);
    if (!this.partial.isEmpty) at = this.completePartial(chunk, at);
    while (at < chunk.length && !this.isOver) {
      if (this.isForwarding && this.shapes.forward(chunk, at, this.forwarded)) {
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
    return this.tell(this.forwarded.finish());
  }

  /** The upstream's body has ended. Gives the last bytes for the client; `phase` is then one of the last four. */
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
    else if (this.isForwarding) this.phase = 'cut';
    return this.tell(this.forwarded.finish());
  }

  /**
   * The last bytes of a good answer: what was held, finish reason, usage with cost, `[DONE]`. In `complete` and
   * `finishing` (the usage did not come in time) it ends as the upstream did; in any other phase (the hold is
   * exhausted) every open choice ends with `length`. Nothing is read after it.
   */
  finish(closing: AnswerClosing): Buffer {
    const isNatural = this.phase === 'complete' || this.phase === 'finishing';
    this.closed = true;
    const reason = isNatural ? 'stop' : 'length';
    return writeEnding(this.record.remains(), { closing, reason, includeUsage: this.options.includeUsage });
  }

  private tell(bytes: Buffer | null): Buffer | null {
    const { told } = this.options;
    if (told !== undefined && bytes !== null && told.id === null && this.record.id !== null) {
      told.id = this.record.id;
      told.isOpened = true;
    }
    return bytes;
  }

  private get isForwarding(): boolean {
    return this.phase === 'waiting' || this.phase === 'content';
  }

  private get isOver(): boolean {
    const { phase } = this;
    return this.closed || phase === 'failed' || phase === 'malformed' || phase === 'cut';
  }

  private openWith(read: Buffer): Buffer | null {
    const chunk = this.opening.add(read);
    if (this.opening.isHopeless) this.judgeForeign();
    return chunk;
  }

  /** A body that is no event stream: an error object in JSON is a failure, all else is malformed. */
  private judgeForeign(): void {
    const body = parsedJson(this.opening.text);
    this.failure = isRecord(body) ? readFailure(body['error']) : null;
    if (this.failure !== null) this.phase = 'failed';
    else if (this.opening.text === '') this.phase = 'cut';
    else this.giveUp('the answer is no event stream');
  }

  private completePartial(chunk: Buffer, from: number): number {
    const end = this.boundary.find(chunk, from);
    this.partial.add(chunk.subarray(0, end < 0 ? chunk.length : end));
    if (end < 0) {
      this.boundPartial();
      return chunk.length;
    }
    const event = this.partial.take();
    if (this.isForwarding && this.shapes.forward(event, 0, this.forwarded)) this.takeMatch();
    else this.take(event, 0, event.length);
    return end;
  }

  private keep(chunk: Buffer, from: number): void {
    this.partial.add(chunk.subarray(from));
    this.boundPartial();
  }

  private boundPartial(): void {
    if (this.partial.length > EVENT_BYTES_MAX) this.giveUp(`an event is larger than ${EVENT_BYTES_MAX} bytes`);
  }

  private giveUp(problem: string): void {
    this.phase = 'malformed';
    this.problem = problem;
  }

  private takeMatch(): void {
    this.passedLast = true;
    this.output.add(this.shapes);
    if (this.shapes.hasContent) this.phase = 'content';
  }

  /** Takes one whole event that no shape fitted. */
  private take(bytes: Buffer, start: number, end: number): void {
    this.passedLast = false;
    const { name, data } = eventFields(bytes, start, end);
    if (data === null) {
      if (this.isForwarding) this.passEvent(bytes, start, end);
      return;
    }
    const text = data.bytes.toString('utf8', data.start, data.end);
    if (text.trim() === '[DONE]') {
      // Content that nobody finished was broken off by something in front of the model, unless its usage was told.
      this.phase = this.phase === 'content' && this.usage === null ? 'cut' : 'complete';
      return;
    }
    // An empty event says nothing, not even something wrong.
    if (text.trim() === '') return;
    const value = parsedJson(text);
    if (!isRecord(value)) {
      this.malformedEvents++;
      if (this.malformedEvents > MALFORMED_EVENTS_MAX) this.giveUp('too many events are not JSON');
      return;
    }
    const reading = readChunk(value, name);
    const chunk = data.bytes.subarray(data.start, data.end);
    const event = { bytes, start, end, data };
    if (!this.isForwarding) this.takeBehindFinish(reading, chunk, event);
    else if (reading.failure !== null) this.fail(reading.failure);
    else this.takeChunk(reading, chunk, event);
  }

  private fail(failure: AnswerFailure): void {
    this.failure = failure;
    this.phase = 'failed';
  }

  private takeChunk(reading: ChunkReading, chunk: Buffer, event: EventRange): void {
    this.record.note(reading, chunk);
    if (reading.choices === null || (reading.choices.length === 0 && reading.usage !== null)) return;
    if (this.record.progress.allFinished) this.hold(reading, chunk);
    else this.forward(reading, event);
  }

  /** Forwards an ordinary chunk, edited where it must be, and remembers its shape. */
  private forward(reading: ChunkReading, event: EventRange): void {
    const { bytes, start, end, data } = event;
    const walk = walkChunk(data.bytes, data.start, data.end);
    this.output.addSlots(data.bytes, walk.slots);
    const edits = chunkEdits(data.bytes, walk, this.record.face);
    const isOneLine = data.bytes === bytes;
    if (edits.length === 0) this.passEvent(bytes, start, end);
    else if (isOneLine) {
      for (const piece of piecesWith(bytes, event, edits)) this.forwarded.write(piece);
      this.passedLast = true;
    } else this.forwarded.write(writeChunkEvent(data.bytes, this.record.face));
    const choices = reading.choices ?? [];
    if (choices.some(({ hasContent }) => hasContent)) {
      this.output.hasContent = true;
      this.phase = 'content';
    }
    const isOrdinary = reading.usage === null && choices.every(({ finishReason }) => finishReason === null);
    if (isOneLine && isOrdinary && bytes[end - 1] === LF) this.shapes.learn(bytes, event, walk.slots, edits);
  }

  private passEvent(bytes: Buffer, start: number, end: number): void {
    this.forwarded.pass(bytes, start, end);
    this.passedLast = true;
  }

  private hold(reading: ChunkReading, chunk: Buffer): void {
    const walk = walkChunk(chunk, 0, chunk.length);
    this.output.addSlots(chunk, walk.slots);
    if ((reading.choices ?? []).some(({ hasContent }) => hasContent)) this.output.hasContent = true;
    this.record.held.push(Buffer.from(chunk));
    if (this.record.heldBytes > EVENT_BYTES_MAX) this.giveUp('too much came behind the finish reason');
    else this.phase = reading.usage === null ? 'finishing' : 'complete';
  }

  /** Behind the finish reason only a choice that goes on re-opens the answer; a usage completes it. */
  private takeBehindFinish(reading: ChunkReading, chunk: Buffer, event: EventRange): void {
    const choices = reading.choices ?? [];
    if (this.phase === 'finishing' && this.record.progress.goesOn(choices)) {
      this.release();
      this.takeChunk(reading, chunk, event);
      return;
    }
    this.record.note({ ...reading, choices: [] }, chunk);
    if (reading.usage !== null) {
      if (choices.length === 0) this.record.usageChunk = Buffer.from(chunk);
      this.phase = 'complete';
    } else if (this.phase === 'finishing' && choices.some(({ hasContent }) => hasContent)) this.hold(reading, chunk);
  }

  private release(): void {
    for (const chunk of this.record.held) this.forwarded.write(writeChunkEvent(chunk, this.record.face));
    this.record.held.length = 0;
    this.phase = 'content';
  }
}

/** A whole event, and its data inside it or in a copy. */
interface EventRange extends ByteRange {
  readonly bytes: Buffer;
  readonly data: ByteRange & { readonly bytes: Buffer };
}
