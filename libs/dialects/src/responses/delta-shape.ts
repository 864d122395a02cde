import { standsAt, textEnd } from '../chat/event-shape.js';
import { isDigit, QUOTE, skipSpace } from '../json/json-bytes.js';
import { MemberCursor } from '../json/json-members.js';

interface Slot {
  readonly kind: 'delta' | 'padding' | 'sequence';
  readonly start: number;
  readonly end: number;
}

const LF = 0x0a;
/** Numbers beyond nine digits are nobody's. */
const DIGITS_MAX = 9;

/**
 * A delta that was parsed once, with gaps where its text, its padding and its number stood. The next one is verified by
 * comparing bytes: the same literals, well-formed texts and the number that is due make it the same event with another text.
 */
export class DeltaShape {
  /** Of the last match: the text, without its quotes, and what follows the event. */
  textStart = 0;
  textEnd = 0;
  end = 0;

  private constructor(
    readonly type: string,
    readonly outputIndex: number,
    readonly content: number,
    private readonly literals: readonly Buffer[],
    private readonly slots: readonly Slot[],
  ) {}

  /** Null for an event that no other will be like: data in several lines, line ends that are no line feeds. */
  static of(raw: Buffer, data: Buffer, facts: Pick<DeltaShape, 'type' | 'outputIndex' | 'content'>): DeltaShape | null {
    const isOneLine = data.buffer === raw.buffer && data.byteOffset >= raw.byteOffset;
    if (!isOneLine || raw[raw.length - 1] !== LF || raw.includes(0x0d)) return null;
    const slots = slotsOf(raw, data.byteOffset - raw.byteOffset);
    if (slots === null) return null;
    const literals: Buffer[] = [];
    let at = 0;
    for (const { start, end } of slots) {
      literals.push(Buffer.from(raw.subarray(at, start)));
      at = end;
    }
    literals.push(Buffer.from(raw.subarray(at)));
    return new DeltaShape(facts.type, facts.outputIndex, facts.content, literals, slots);
  }

  /** Whether the event at `from` has this shape, a text, and the number that is due. */
  match(bytes: Buffer, from: number, sequence: number): boolean {
    const { literals, slots } = this;
    let at = from;
    for (let i = 0; i < literals.length; i++) {
      const literal = literals[i];
      if (literal === undefined || !standsAt(bytes, at, literal)) return false;
      at += literal.length;
      const slot = slots[i];
      if (slot === undefined) continue;
      const end = slot.kind === 'sequence' ? numberEnd(bytes, at, sequence) : textEnd(bytes, at);
      if (end < 0) return false;
      if (slot.kind === 'delta') {
        if (end === at) return false;
        this.textStart = at;
        this.textEnd = end;
      }
      at = end;
    }
    this.end = at;
    return true;
  }
}

/** In the order of the document; null when one that every delta has is missing. */
function slotsOf(raw: Buffer, dataStart: number): Slot[] | null {
  const cursor = new MemberCursor(raw, skipSpace(raw, dataStart));
  const slots: Slot[] = [];
  while (cursor.next()) {
    const { key, valueStart, end } = cursor;
    if (key === 'sequence_number') slots.push({ kind: 'sequence', start: valueStart, end });
    else if (raw[valueStart] !== QUOTE) continue;
    else if (key === 'delta') slots.push({ kind: 'delta', start: valueStart + 1, end: end - 1 });
    else if (key === 'obfuscation') slots.push({ kind: 'padding', start: valueStart + 1, end: end - 1 });
  }
  const isWhole = slots.some(({ kind }) => kind === 'delta') && slots.some(({ kind }) => kind === 'sequence');
  return isWhole ? slots : null;
}

/** Behind the digits at `from` when they are that number; -1 otherwise. */
function numberEnd(bytes: Buffer, from: number, due: number): number {
  let at = from;
  let number = 0;
  while (isDigit(bytes[at] ?? 0) && at - from < DIGITS_MAX) number = number * 10 + (bytes[at++] ?? 0) - 0x30;
  const isCanonical = at - from === 1 || bytes[from] !== 0x30;
  return at > from && isCanonical && number === due ? at : -1;
}
