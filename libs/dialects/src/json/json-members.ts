import {
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

/** The members of the object whose brace is at `open`, one at a time: an object may have millions. */
export function* membersOf(bytes: Buffer, open: number): Generator<NamedMember, void> {
  let at = skipSpace(bytes, open + 1);
  while (at < bytes.length && bytes[at] === QUOTE) {
    const start = at;
    const keyEnd = closingQuote(bytes, start) + 1;
    if (keyEnd === 0) return;
    const valueStart = skipSpace(bytes, skipSpace(bytes, keyEnd) + 1);
    const end = valueEnd(bytes, valueStart);
    yield { key: decodeKey(bytes, start, keyEnd), start, keyEnd, valueStart, end };
    at = skipSpace(bytes, end);
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1);
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

/** A key as a reader of JSON sees it, escapes undone. Throws SyntaxError on a broken escape. */
export function decodeKey(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end);
  if (!text.includes('\\')) return text.slice(1, -1);
  const decoded: unknown = JSON.parse(text);
  return typeof decoded === 'string' ? decoded : '';
}
