import type { UsageVector } from '@apilink/pricing';

import type { AnswerClosing, AnswerFailure } from '../call/answer-closing.js';
import type { AnswerPhase, AnswerStream } from '../call/answer-stream.js';
import { readFailure } from '../call/read-failure.js';
import { OutputMeter } from '../tokens/output-meter.js';
import { isRecord, parsedJson } from '../json/records.js';
import { EventSplitter, type SplitEvent } from '../sse/event-splitter.js';
import { textTokens } from '../tokens/token-estimator.js';
import type { TurnStreamWriter } from './turn-dialect.js';
import type { PartBeginning, StopReason, TurnEvent, TurnStreamReader } from './turn-event.js';
import { TurnProgress } from './turn-progress.js';

/** Broken events that are skipped before the stream counts as broken itself. */
const MALFORMED_EVENTS_MAX = 8;
const EVENT_BYTES_MAX = 8 * 1024 * 1024;
/** `n` of a request is no larger. */
const CHOICES_MAX = 128;

/**
 * A stream whose upstream speaks another dialect than the client: read into turn events, written out of them. Until there is
 * content nothing is written, so that another endpoint may still answer.
 */
export class TranslatedStream implements AnswerStream {
  phase: AnswerPhase = 'waiting';
  failure: AnswerFailure | null = null;
  problem: string | null = null;
  private readonly splitter = new EventSplitter();
  private readonly output = new OutputMeter();
  private readonly progress = new TurnProgress();
  private malformedEvents = 0;
  private isClosed = false;
  private pending: TurnEvent[] = [];
  /** Bytes that came while nothing was written. */
  private waitedBytes = 0;
  private out: Buffer[] = [];

  constructor(
    private readonly reader: TurnStreamReader,
    private readonly writer: TurnStreamWriter,
  ) {}

  get usage(): UsageVector | null {
    return this.reader.usage.usage;
  }

  get usageProblem(): string | null {
    return this.reader.usage.problem;
  }

  get serviceTier(): string | null {
    return this.reader.usage.serviceTier;
  }

  get finishReason(): StopReason | null {
    return this.progress.finishReason;
  }

  get outputTokens(): number {
    return this.output.tokens;
  }

  get isEmpty(): boolean {
    const nothing = !this.output.hasContent && (this.usage?.output ?? 0) === 0;
    return this.finishReason === 'error' || (nothing && this.finishReason === null);
  }

  get resource(): Buffer | null {
    return this.writer.resource ?? null;
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
    if (!this.isOver) for (const event of this.reader.end()) this.takeEvent(event);
    if (this.phase === 'finishing') this.phase = 'complete';
    else if (this.phase === 'waiting' || this.phase === 'content') this.phase = 'cut';
    return this.written();
  }

  finish(closing: AnswerClosing): Buffer {
    const isNatural = this.phase === 'complete' || this.phase === 'finishing';
    this.isClosed = true;
    return this.writer.finish(closing, { forced: isNatural ? null : 'length', serviceTier: this.serviceTier });
  }

  private get isOver(): boolean {
    const { phase } = this;
    return this.isClosed || phase === 'failed' || phase === 'malformed' || phase === 'cut';
  }

  private written(): Buffer | null {
    const [only] = this.out;
    if (only === undefined) return null;
    const bytes = this.out.length === 1 ? only : Buffer.concat(this.out);
    this.out = [];
    return bytes;
  }

  private take({ name, data }: SplitEvent): void {
    if (data === null || data.length === 0) return;
    if (this.phase === 'waiting') this.waitedBytes += data.length;
    const events = this.reader.read({ name, data: data.toString() });
    if (events === null) {
      this.malformedEvents++;
      if (this.malformedEvents > MALFORMED_EVENTS_MAX) this.giveUp('too many events cannot be read');
      return;
    }
    for (const event of events) this.takeEvent(event);
    // The usage came behind the finish: all is known.
    if (this.phase === 'finishing' && this.usage !== null) this.phase = 'complete';
    if (this.phase === 'waiting' && this.waitedBytes > EVENT_BYTES_MAX) this.giveUp('too much came before any content');
    if (this.progress.heldBytes > EVENT_BYTES_MAX) this.giveUp('too much of parallel parts is waiting');
  }

  /** Once all is known only a usage that corrects the first is still read. */
  private takeEvent(event: TurnEvent): void {
    if (this.isOver || this.phase === 'complete') return;
    if (event.kind === 'failed') {
      // The answer was whole before.
      if (this.phase === 'finishing') return;
      this.failure = event.failure;
      this.phase = 'failed';
      return;
    }
    if (event.kind === 'over') {
      // Content that nobody finished was broken off by something in front of the model, unless its usage was told.
      if (this.phase === 'content' && this.usage === null) this.phase = 'cut';
      else {
        this.phase = 'complete';
        this.release();
      }
      return;
    }
    if ('choice' in event && !isChoice(event.choice)) {
      this.giveUp('a choice that no request can ask for');
      return;
    }
    if (event.kind === 'part_begun' && isNameless(event.is)) {
      this.giveUp('a tool call without an id or a name');
      return;
    }
    this.count(event);
    // An empty id is none: the writer then gives one of ours.
    this.pending.push(event.kind === 'begun' && event.id === '' ? { ...event, id: null } : event);
    if (this.phase !== 'waiting') this.release();
  }

  private release(): void {
    const held = this.pending;
    this.pending = [];
    for (const event of held) {
      const bytes = this.writer.write(event);
      if (bytes !== null && bytes.length > 0) this.out.push(bytes);
    }
  }

  private count(event: TurnEvent): void {
    this.progress.note(event);
    if (event.kind === 'part_begun') {
      if (event.is.type === 'tool_call' || event.is.type === 'media') this.noteContent();
      else if (this.phase === 'finishing') this.phase = 'content';
    } else if (event.kind === 'delta') {
      const { hundredths, textBytes } = textTokens(event.text);
      this.output.add({ hundredths, textBytes, hasContent: true });
      this.noteContent();
    } else if (event.kind === 'finish' && this.progress.allFinished) this.phase = 'finishing';
  }

  private noteContent(): void {
    this.output.hasContent = true;
    if (this.phase === 'waiting' || this.phase === 'finishing') this.phase = 'content';
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

function isChoice(index: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < CHOICES_MAX;
}

/** No client could answer it. */
function isNameless(is: PartBeginning): boolean {
  return is.type === 'tool_call' && (is.callId === '' || is.name === '');
}
