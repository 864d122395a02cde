import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  closingQuote,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
} from './json-bytes.js';
import type { ByteRange, MemberRange } from './scan-document.js';

/** A member whose key has been decoded. */
export interface NamedMember extends MemberRange {
  readonly key: string;
}

/**
 * These walks work on bytes that JSON.parse (or scanDocument) has accepted; on anything else they end somewhere inside
 * the buffer, without a promise where.
 */

/** After the value that starts at `start`. Iterative. */
export function valueEnd(bytes: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      const quote = closingQuote(bytes, at);
      if (quote < 0) return bytes.length;
      at = quote;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth++;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (depth === 0) return at;
      depth--;
    } else if (depth === 0) {
      at = scalarEnd(bytes, at) - 1;
    }
    at++;
    if (depth === 0) return at;
  }
  return bytes.length;
}

function scalarEnd(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    if (byte <= 0x20 || byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET) return at;
    at++;
  }
  return at;
}

/** Goes over the members of an object and makes nothing of them: for what every chunk and answer goes through. */
export class MemberCursor implements MemberRange {
  start = 0;
  keyEnd = 0;
  valueStart = 0;
  end = 0;
  private at: number;

  /** `open` is the object's brace. */
  constructor(
    private readonly bytes: Buffer,
    open: number,
  ) {
    this.at = skipSpace(bytes, open + 1);
  }

  get key(): string {
    return decodeKey(this.bytes, this.start, this.keyEnd);
  }

  /** Moves on to the next member; false behind the last one. */
  next(): boolean {
    const { bytes, at } = this;
    if (at >= bytes.length || bytes[at] !== QUOTE) return false;
    this.start = at;
    this.keyEnd = closingQuote(bytes, at) + 1;
    if (this.keyEnd === 0) return false;
    this.valueStart = skipSpace(bytes, skipSpace(bytes, this.keyEnd) + 1);
    this.end = valueEnd(bytes, this.valueStart);
    this.at = skipSpace(bytes, this.end);
    if (bytes[this.at] === COMMA) this.at = skipSpace(bytes, this.at + 1);
    return true;
  }
}

/** The members of the object whose brace is at `open`, one at a time: an object may have millions. */
export function* membersOf(bytes: Buffer, open: number): Generator<NamedMember, void> {
  const cursor = new MemberCursor(bytes, open);
  while (cursor.next()) {
    const { key, start, keyEnd, valueStart, end } = cursor;
    yield { key, start, keyEnd, valueStart, end };
  }
}

/** The elements of the array whose bracket is at `open`. */
export function* elementsOf(bytes: Buffer, open: number): Generator<ByteRange, void> {
  let at = skipSpace(bytes, open + 1);
  while (at < bytes.length && bytes[at] !== CLOSE_BRACKET) {
    const end = valueEnd(bytes, at);
    if (end <= at) return;
    yield { start: at, end };
    at = skipSpace(bytes, end);
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1);
  }
}

/** A key as a reader of JSON sees it, escapes undone; one with a broken escape as it stands there, so that it is no known one. */
export function decodeKey(bytes: Buffer, start: number, end: number): string {
  if (isPlain(bytes, start + 1, end - 1)) return bytes.toString('latin1', start + 1, end - 1);
  const text = bytes.toString('utf8', start, end);
  try {
    const decoded: unknown = JSON.parse(text);
    return typeof decoded === 'string' ? decoded : '';
  } catch {
    return text.slice(1, -1);
  }
}

/** ASCII without an escape. */
function isPlain(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === BACKSLASH || byte >= 0x80) return false;
  }
  return true;
}
