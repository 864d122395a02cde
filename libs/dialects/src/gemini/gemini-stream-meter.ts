import type { UsageVector } from '@apilink/pricing';

import type { AnswerClosing, AnswerFailure } from '../call/answer-closing.js';
import type { AnswerPhase, AnswerStream } from '../call/answer-stream.js';
import type { CallFace } from '../call/call.js';
import type { ToldStream } from '../call/told-stream.js';
import { OutputMeter } from '../tokens/output-meter.js';
import { parsedJson, isRecord } from '../json/records.js';
import { EventSplitter, type SplitEvent } from '../sse/event-splitter.js';
import { textTokens } from '../tokens/token-estimator.js';
import type { StopReason, TurnEvent } from '../turn/turn-event.js';
import type { UsageTraits } from '../usage/usage-reading.js';
import { editGeminiDocument } from './gemini-document-edits.js';
import { geminiEvent } from './gemini-event.js';
import { geminiFailure } from './gemini-failure.js';
import { geminiEnding } from './gemini-ending.js';
import { finishWord } from './gemini-reasons.js';
import { GeminiStreamReader } from './gemini-stream-reader.js';

/** Broken events that are skipped before the stream counts as broken itself. */
const MALFORMED_EVENTS_MAX = 8;
/** One event, what waits for content, or what is held behind the finish reason: beyond this the stream is given up. */
const EVENT_BYTES_MAX = 8 * 1024 * 1024;

/**
 * A stream of Gemini on its way to a client that speaks Gemini: its documents pass, but for the model's name, the id and the
 * usage of the last one. What comes before the first content is held back, so that another endpoint may still answer.
 */
export class GeminiStreamMeter implements AnswerStream {
  phase: AnswerPhase = 'waiting';
  failure: AnswerFailure | null = null;
  problem: string | null = null;
  private reason: StopReason | null = null;
  private readonly splitter = new EventSplitter();
  private readonly reader: GeminiStreamReader;
  private readonly output = new OutputMeter();
  private readonly open = new Set<number>();
  /** Candidates that are still to end; some upstreams tell one after the other. */
  private unfinished: number;
  private malformedEvents = 0;
  /** Documents that wait: for content, or for the end. */
  private held: Buffer[] = [];
  private heldBytes = 0;
  private isClosed = false;

  constructor(
    { traits, choices }: { readonly traits: UsageTraits; readonly choices: number },
    private readonly face: CallFace,
    private readonly told: ToldStream,
  ) {
    this.reader = new GeminiStreamReader(traits);
    this.unfinished = choices;
  }

  get usage(): UsageVector | null {
    return this.reader.usage.usage;
  }

  get usageProblem(): string | null {
    return this.reader.usage.problem;
  }

  get serviceTier(): string | null {
    return this.reader.usage.serviceTier;
  }

  get finishReason(): string | null {
    return this.reason === null ? null : finishWord(this.reason);
  }

  get outputTokens(): number {
    return this.output.tokens;
  }

  get isEmpty(): boolean {
    const nothing = !this.output.hasContent && (this.usage?.output ?? 0) === 0;
    return this.reason === 'error' || (nothing && this.reason === null);
  }

  feed(read: Buffer): Buffer | null {
    if (this.isOver || read.length === 0) return null;
    const out: Buffer[] = [];
    for (const event of this.splitter.split(read)) {
      if (this.isOver) break;
      this.take(event, out);
    }
    const waiting = this.splitter.waitingBytes + this.heldBytes;
    if (waiting > EVENT_BYTES_MAX) this.giveUp(`more than ${EVENT_BYTES_MAX} bytes are held`);
    if (this.splitter.isForeign) this.judgeForeign();
    return out.length === 0 ? null : Buffer.concat(out);
  }

  end(): Buffer | null {
    if (this.isOver) return null;
    const out: Buffer[] = [];
    const rest = this.splitter.rest();
    if (rest !== null) this.take(rest, out);
    else if (this.splitter.foreignText !== '') this.judgeForeign();
    if (this.phase === 'finishing') this.phase = 'complete';
    else if (this.phase === 'waiting' || this.phase === 'content') this.phase = 'cut';
    return out.length === 0 ? null : Buffer.concat(out);
  }

  finish(closing: AnswerClosing): Buffer {
    const isNatural = this.phase === 'complete' || this.phase === 'finishing';
    this.isClosed = true;
    const last = isNatural ? this.held.at(-1) : undefined;
    if (last === undefined) {
      const choices = this.open.size === 0 ? [0] : [...this.open];
      return geminiEvent(geminiEnding(choices, 'length', this.clientId(), { face: this.face, closing }));
    }
    const keepsUsage = this.usage !== null;
    const before = this.held.slice(0, -1).map((document) => this.edited(document, null, false));
    return Buffer.concat([...before, this.edited(last, closing, keepsUsage)].map((document) => geminiEvent(document)));
  }

  private get isOver(): boolean {
    const { phase } = this;
    return this.isClosed || phase === 'failed' || phase === 'malformed' || phase === 'cut';
  }

  private take({ name, data }: SplitEvent, out: Buffer[]): void {
    if (data === null || data.length === 0) return;
    const events = this.reader.read({ name, data: data.toString() });
    if (events === null) {
      this.malformedEvents++;
      if (this.malformedEvents > MALFORMED_EVENTS_MAX) this.giveUp('too many events are not JSON');
      return;
    }
    for (const event of events) this.note(event);
    if (this.phase === 'failed') return;
    // The event shares memory with the read, which its giver may use again.
    const document = Buffer.from(data);
    if (this.phase === 'content') {
      for (const one of this.release(document)) out.push(geminiEvent(this.edited(one, null, false)));
    } else {
      this.held.push(document);
      this.heldBytes += document.length;
    }
    if (this.phase === 'finishing' && this.usage !== null) this.phase = 'complete';
  }

  private release(document: Buffer): Buffer[] {
    this.heldBytes = 0;
    return [...this.held.splice(0), document];
  }

  private note(event: TurnEvent): void {
    switch (event.kind) {
      case 'failed':
        this.failure = event.failure;
        this.phase = 'failed';
        return;
      case 'begun':
        this.told.id ??= event.id;
        return;
      case 'part_begun':
        this.open.add(event.choice);
        if (event.is.type === 'tool_call' || event.is.type === 'media') this.noteContent();
        return;
      case 'delta': {
        const { hundredths, textBytes } = textTokens(event.text);
        this.output.add({ hundredths, textBytes, hasContent: true });
        this.noteContent();
        return;
      }
      case 'finish':
        this.reason ??= event.reason;
        this.open.delete(event.choice);
        this.unfinished--;
        if (this.open.size === 0 && this.unfinished <= 0 && this.phase !== 'failed') this.phase = 'finishing';
        return;
      case 'seal':
      case 'citation':
      case 'part_ended':
      case 'over':
        return;
    }
  }

  private noteContent(): void {
    this.output.hasContent = true;
    if (this.phase === 'waiting' || this.phase === 'finishing') this.phase = 'content';
  }

  private clientId(): string {
    this.told.id ??= this.face.standIn.id;
    return this.told.id;
  }

  private edited(document: Buffer, closing: AnswerClosing | null, keepsUsage: boolean): Buffer {
    return editGeminiDocument(document, { model: this.face.model, id: this.clientId(), closing, keepsUsage });
  }

  /** A body that is no event stream: an error object in JSON is a failure, all else is malformed. */
  private judgeForeign(): void {
    const body = parsedJson(this.splitter.foreignText);
    const document: unknown = Array.isArray(body) ? body[0] : body;
    this.failure = isRecord(document) ? geminiFailure(document) : null;
    if (this.failure !== null) this.phase = 'failed';
    else this.giveUp('the answer is no event stream');
  }

  private giveUp(problem: string): void {
    this.phase = 'malformed';
    this.problem = problem;
  }
}
