import type { UsageVector } from '@apilink/pricing';

import type { AnswerClosing, AnswerFailure } from '../call/answer-closing.js';
import type { AnswerPhase, AnswerStream } from '../call/answer-stream.js';
import { readFailure } from '../call/read-failure.js';
import { isRecord, parsedJson } from '../json/records.js';
import { EventSplitter, type SplitEvent } from '../sse/event-splitter.js';
import type { UsageReader } from '../usage/usage-reading.js';
import { AnswerDocument } from './answer-document.js';
import type { OwnUsage } from './passed-usage.js';

/** A picture comes in one event: one of 3840 × 2160 as PNG in base64 stays below this. */
const EVENT_BYTES_MAX = 32 * 1024 * 1024;
/** Broken events that are skipped before the stream counts as broken itself. */
const MALFORMED_EVENTS_MAX = 8;
const DONE = '[DONE]';

export interface PassedEventsOptions {
  /** Types of the events that end the answer: `transcript.text.done`. */
  readonly lastTypes: ReadonlySet<string>;
  /** How many of them there are to be. */
  readonly lastCount: number;
  readonly usage: UsageReader;
  /** Our own count of what was used; asked when the upstream told nothing. */
  readonly counted: () => UsageVector;
  /** What our usage object says beside the cost. */
  readonly ownUsage: (usage: UsageVector) => OwnUsage;
  readonly model: string;
  /** A whole answer in JSON where events were asked for, as the event that ends the answer; null when it is none. */
  readonly eventOf: (answer: AnswerDocument) => string | null;
}

/**
 * A stream of typed events that passes as it came; the last one waits for the usage with its cost. For dialects without
 * choices and finish reasons: transcriptions, pictures, speech. Some upstreams answer whole although events were asked for:
 * the client gets that answer as the last event.
 */
export class PassedEvents implements AnswerStream {
  phase: AnswerPhase = 'waiting';
  failure: AnswerFailure | null = null;
  problem: string | null = null;
  readonly serviceTier = null;
  private readonly splitter = new EventSplitter();
  private malformedEvents = 0;
  private lastEvents = 0;
  private held: SplitEvent | null = null;
  private isOver = false;

  constructor(private readonly options: PassedEventsOptions) {}

  get usage(): UsageVector | null {
    return this.lastEvents === 0 ? null : this.options.usage.reading.usage;
  }

  get usageProblem(): string | null {
    return this.options.usage.reading.problem;
  }

  get finishReason(): string | null {
    return this.lastEvents > 0 ? 'stop' : null;
  }

  /** Told at the end alone: holds of these dialects never grow. */
  get outputTokens(): number {
    return this.isOver ? this.counted.output : 0;
  }

  get counted(): UsageVector {
    return this.options.counted();
  }

  get isEmpty(): boolean {
    return this.phase === 'waiting';
  }

  feed(read: Buffer): Buffer | null {
    if (this.isOver || read.length === 0) return null;
    const out: Buffer[] = [];
    for (const event of this.splitter.split(read)) {
      if (!this.isOver) this.take(event, out);
    }
    if (this.splitter.waitingBytes > EVENT_BYTES_MAX) this.giveUp(`an event is larger than ${EVENT_BYTES_MAX} bytes`);
    if (!this.isOver && this.splitter.isForeign) this.giveUp('the answer is no event stream');
    return joined(out);
  }

  end(): Buffer | null {
    if (this.isOver) return null;
    const out: Buffer[] = [];
    const rest = this.splitter.rest();
    if (rest !== null) this.take(rest, out);
    else if (this.splitter.foreignText !== '') this.judgeWhole(this.splitter.foreignText);
    if (!this.isOver) {
      // With fewer last events than pictures were asked for the upstream has still come to its end.
      this.phase = this.lastEvents > 0 ? 'complete' : 'cut';
      this.isOver = true;
    }
    return joined(out);
  }

  finish(closing: AnswerClosing): Buffer {
    this.isOver = true;
    const { held } = this;
    if (held === null || held.data === null) return Buffer.alloc(0);
    const document = AnswerDocument.read(held.data);
    if (document === null) return held.raw;
    const { model, ownUsage } = this.options;
    const keepsUsage = this.options.usage.reading.usage !== null;
    const data = document.edited({ model, keepsUsage, ownUsage: ownUsage(closing.usage), closing });
    return eventOf(held.name, data);
  }

  private take(event: SplitEvent, out: Buffer[]): void {
    const { data, name } = event;
    if (data === null || data.length === 0) return;
    const text = data.toString();
    if (text === DONE) return;
    const document = parsedJson(text);
    if (!isRecord(document)) {
      this.malformedEvents++;
      if (this.malformedEvents > MALFORMED_EVENTS_MAX) this.giveUp('too many events are not JSON');
      return;
    }
    this.failure = readFailure(document['error'] ?? (name === 'error' ? document : null));
    if (this.failure !== null) {
      this.phase = 'failed';
      this.isOver = true;
      return;
    }
    this.options.usage.note(document);
    this.release(out);
    const { type } = document;
    if (typeof type === 'string' && this.options.lastTypes.has(type)) this.hold(event);
    else {
      if (this.phase === 'waiting') this.phase = 'content';
      out.push(withLineFeeds(event.raw));
    }
  }

  /** A last event waits: its usage is completed with what it cost. */
  private hold(event: SplitEvent): void {
    this.lastEvents++;
    this.held = {
      ...event,
      data: event.data === null ? null : Buffer.from(event.data),
      raw: Buffer.from(withLineFeeds(event.raw)),
    };
    if (this.lastEvents < this.options.lastCount) this.phase = 'content';
    else this.phase = this.usage === null ? 'finishing' : 'complete';
  }

  /** An event that was not the last one after all. */
  private release(out: Buffer[]): void {
    if (this.held === null) return;
    out.push(this.held.raw);
    this.held = null;
    this.phase = 'content';
  }

  private judgeWhole(text: string): void {
    const document = AnswerDocument.read(Buffer.from(text));
    this.failure = document?.failure ?? null;
    const event = document === null || this.failure !== null ? null : this.options.eventOf(document);
    if (this.failure !== null) this.phase = 'failed';
    else if (event === null) this.giveUp('the answer is no event stream');
    else {
      const data = Buffer.from(event);
      this.options.usage.note(parsedJson(event));
      this.hold({ name: null, data, raw: eventOf(null, data) });
      this.phase = 'complete';
    }
    this.isOver = true;
  }

  private giveUp(problem: string): void {
    this.phase = 'malformed';
    this.problem = problem;
    this.isOver = true;
  }
}

function eventOf(name: string | null, data: Buffer): Buffer {
  const line = Buffer.from(data);
  // One line must hold the whole document.
  for (let at = line.indexOf(0x0a); at >= 0; at = line.indexOf(0x0a, at + 1)) line[at] = 0x20;
  const head = name === null ? 'data: ' : `event: ${name}\ndata: `;
  return Buffer.concat([Buffer.from(head), line, blankLine]);
}

/** A read may end between the CR and the LF of a line: the client gets line feeds, wherever the reads end. */
function withLineFeeds(raw: Buffer): Buffer {
  if (!raw.includes(CARRIAGE_RETURN)) return raw;
  const text = raw.toString('latin1').replaceAll(/\r\n?/g, '\n');
  return Buffer.from(text.replace(/\n+$/, '\n\n'), 'latin1');
}

const CARRIAGE_RETURN = 0x0d;
const blankLine = Buffer.from('\n\n');

function joined(pieces: readonly Buffer[]): Buffer | null {
  const [only] = pieces;
  if (only === undefined) return null;
  return pieces.length === 1 ? only : Buffer.concat(pieces);
}
