import { piecesWith, type ByteEdit } from '../json/byte-edits.js';
import { BACKSLASH, isDigit, QUOTE } from '../json/json-bytes.js';
import { countStringTokens } from '../tokens/token-estimator.js';
import type { TextSlot } from '../tokens/output-meter.js';

/** Shapes kept per stream: text, reasoning, and a tool call or two beside each other. */
const SHAPES_MAX = 4;
/** Learning goes on only while it pays: events that all differ (log probabilities) are cheaper to parse. */
const LEARNED_FREE = 8;
const HITS_PER_LEARNED = 4;

/**
 * An event that was parsed once, with gaps where its texts stood. The events of a stream differ in little else, so that the
 * next one is verified by comparing bytes: the same literals, and well-formed JSON text in the gaps, make it the same event
 * with another text. What differs in any other byte is parsed.
 */
class EventShape {
  readonly starts: Int32Array;
  readonly ends: Int32Array;

  constructor(
    readonly literals: readonly Buffer[],
    /** The literals as the client gets them; null when nothing in them is edited. */
    readonly edited: readonly Buffer[] | null,
    readonly slots: readonly TextSlot[],
  ) {
    this.starts = new Int32Array(slots.length);
    this.ends = new Int32Array(slots.length);
  }

  /** The end of the event at `from` when it has this shape, else -1. */
  match(bytes: Buffer, from: number): number {
    const { literals } = this;
    let at = from;
    for (let i = 0; i < literals.length; i++) {
      const literal = literals[i];
      if (literal === undefined) return -1;
      if (i > 0) {
        this.starts[i - 1] = at;
        at = textEnd(bytes, at);
        if (at < 0) return -1;
        this.ends[i - 1] = at;
      }
      if (!standsAt(bytes, at, literal)) return -1;
      at += literal.length;
    }
    return at;
  }
}

/** What the last match found. */
export interface ShapeMatch {
  /** After the event, -1 when no shape fits. */
  readonly end: number;
  /** Hundredths of a token in its counted texts. */
  readonly hundredths: number;
  /** Bytes of its counted texts. */
  readonly textBytes: number;
  readonly hasContent: boolean;
}

/** Where a matched event goes. */
export interface EventSink {
  pass(bytes: Buffer, start: number, end: number): void;
  write(bytes: Buffer): void;
}

/** The shapes of one stream, the one that fitted last in front. */
export class EventShapes implements ShapeMatch {
  end = -1;
  hundredths = 0;
  textBytes = 0;
  hasContent = false;
  private shapes: EventShape[] = [];
  private learned = 0;
  private hits = 0;

  /** Tries the event at `from`; on a fit it is forwarded to the sink and this object tells the rest. */
  forward(bytes: Buffer, from: number, sink: EventSink): boolean {
    for (const [index, shape] of this.shapes.entries()) {
      const end = shape.match(bytes, from);
      if (end < 0) continue;
      if (index > 0) this.shapes = [shape, ...this.shapes.filter((other) => other !== shape)];
      this.hits++;
      this.end = end;
      this.measure(bytes, shape);
      if (shape.edited === null) sink.pass(bytes, from, end);
      else writeEdited(bytes, shape, shape.edited, sink);
      return true;
    }
    return false;
  }

  /** Remembers an ordinary event: the range of its bytes, its texts and its edits, both in the order of the document. */
  learn(bytes: Buffer, range: { start: number; end: number }, slots: readonly TextSlot[], edits: readonly ByteEdit[]) {
    if (this.learned >= LEARNED_FREE && this.hits < this.learned * HITS_PER_LEARNED) return;
    this.learned++;
    const literals: Buffer[] = [];
    const edited: Buffer[] = [];
    let at = range.start;
    for (const stop of [...slots, { start: range.end, end: range.end }]) {
      const piece = { start: at, end: stop.start };
      const within = edits.filter(({ start }) => start >= piece.start && start < piece.end);
      literals.push(Buffer.from(bytes.subarray(piece.start, piece.end)));
      edited.push(Buffer.concat(piecesWith(bytes, piece, within)));
      at = stop.end;
    }
    const shape = new EventShape(literals, edits.length === 0 ? null : edited, slots);
    this.shapes = [shape, ...this.shapes].slice(0, SHAPES_MAX);
  }

  private measure(bytes: Buffer, shape: EventShape): void {
    this.hundredths = 0;
    this.textBytes = 0;
    this.hasContent = false;
    for (let i = 0; i < shape.slots.length; i++) {
      const slot = shape.slots[i];
      const start = shape.starts[i] ?? 0;
      const end = shape.ends[i] ?? 0;
      if (slot === undefined || start === end) continue;
      this.hasContent ||= slot.isContent;
      if (!slot.isCounted) continue;
      this.textBytes += end - start;
      this.hundredths += countStringTokens(bytes, start, end);
    }
  }
}

function writeEdited(bytes: Buffer, shape: EventShape, edited: readonly Buffer[], sink: EventSink): void {
  for (let i = 0; i < edited.length; i++) {
    const literal = edited[i];
    if (i > 0) sink.pass(bytes, shape.starts[i - 1] ?? 0, shape.ends[i - 1] ?? 0);
    if (literal !== undefined) sink.write(literal);
  }
}

/** A loop: for a literal of a hundred bytes it takes half the time of `Buffer.compare`. */
export function standsAt(bytes: Buffer, at: number, literal: Buffer): boolean {
  const { length } = literal;
  if (at + length > bytes.length) return false;
  for (let i = 0; i < length; i++) if (bytes[at + i] !== literal[i]) return false;
  return true;
}

/** The closing quote of the text that starts at `from`; -1 when it is not well-formed or does not close. */
export function textEnd(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) return at;
    if (byte < 0x20) return -1;
    if (byte === BACKSLASH) {
      at++;
      const escaped = bytes[at] ?? 0;
      if (escaped === UNICODE_ESCAPE) {
        if (!isHex4(bytes, at + 1)) return -1;
        at += 4;
      } else if (!simpleEscapes.includes(escaped)) return -1;
    }
  }
  return -1;
}

const UNICODE_ESCAPE = 0x75;
const simpleEscapes = Buffer.from('"\\/bfnrt');

function isHex4(bytes: Buffer, at: number): boolean {
  for (let i = at; i < at + 4; i++) {
    const byte = bytes[i] ?? 0;
    const letter = byte | 0x20;
    if (!isDigit(byte) && !(letter >= 0x61 && letter <= 0x66)) return false;
  }
  return true;
}
