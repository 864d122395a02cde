import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  isDigit,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
} from './json-bytes.js';

/** A range of bytes, end exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A member of an object: from the quote of its key to the end of its value. */
export interface MemberRange extends ByteRange {
  /** After the key's closing quote. */
  readonly keyEnd: number;
  readonly valueStart: number;
}

export interface DocumentScan {
  /** The opening brace. */
  readonly open: number;
  readonly members: readonly MemberRange[];
}

/** Told what the scan passes, so that a document is walked once whatever is read of it. */
export interface DocumentVisitor {
  /** A key of the top level, its quotes included; its value follows. Gives the closing quote, -1 when there is none. */
  topLevelKey(open: number): number;
  /** Any other string; `isKey` tells an object's key from a value. Gives the closing quote, -1 when there is none. */
  string(open: number, isKey: boolean): number;
  /** Bytes of the last top-level member that are neither white space nor string. */
  structure(bytes: number): void;
}

export interface DocumentProblem {
  readonly kind: 'syntax' | 'depth';
  /** The byte at which the document stops being right; its length when it ends too early. */
  readonly offset: number;
  /** What is wrong there, without the place. */
  readonly detail: string;
}

/** Top-level members that are kept at most; no real request has a tenth of them. */
const MEMBERS_MAX = 1000;

/** Levels of nesting of a request; deeper ones are refused before anything else reads them. */
export const JSON_DEPTH_MAX = 64;

const MINUS = 0x2d;
const literals = [Buffer.from('true'), Buffer.from('false'), Buffer.from('null')];

/**
 * Finds the top-level members of a JSON object in one pass, without building anything of it. The structure, numbers and
 * literals are checked by the grammar of RFC 8259; strings are the visitor's. The depth is bounded, so that none can exhaust
 * the stack.
 */
export function scanDocument(bytes: Buffer, visitor: DocumentVisitor): DocumentScan | DocumentProblem {
  return new DocumentScanner(bytes, visitor).scan();
}

class DocumentScanner {
  private readonly members: MemberRange[] = [];
  private depth = 1;
  private structureBytes = 0;
  private problem: DocumentProblem | null = null;

  constructor(
    private readonly bytes: Buffer,
    private readonly visitor: DocumentVisitor,
  ) {}

  scan(): DocumentScan | DocumentProblem {
    const { bytes } = this;
    const open = skipSpace(bytes, 0);
    if (open === bytes.length) {
      const detail = bytes.length === 0 ? 'the body is empty' : 'the document ends too early';
      return { kind: 'syntax', offset: bytes.length, detail };
    }
    const end = bytes[open] === OPEN_BRACE ? this.topLevel(open) : this.unexpected(open, 'expected an object');
    const rest = end < 0 ? bytes.length : skipSpace(bytes, end);
    if (rest < bytes.length) this.unexpected(rest, 'expected nothing after the document');
    return this.problem ?? { open, members: this.members };
  }

  /** Like `object`, and keeps where its members are. */
  private topLevel(open: number): number {
    const { bytes, visitor, members } = this;
    let at = skipSpace(bytes, open + 1);
    if (bytes[at] === CLOSE_BRACE) return at + 1;
    for (;;) {
      const start = at;
      if (bytes[at] !== QUOTE) return this.unexpected(at, 'expected a key in double quotes');
      const quote = visitor.topLevelKey(at);
      if (quote < 0) return this.unclosed();
      this.structureBytes = 0;
      const valueStart = this.valueBehind(quote);
      const end = valueStart < 0 ? -1 : this.value(valueStart);
      if (end < 0) return -1;
      if (members.length === MEMBERS_MAX) {
        return this.unexpected(start, `expected at most ${MEMBERS_MAX} top-level keys`);
      }
      visitor.structure(this.structureBytes);
      members.push({ start, keyEnd: quote + 1, valueStart, end });
      at = skipSpace(bytes, end);
      if (bytes[at] === CLOSE_BRACE) return at + 1;
      if (bytes[at] !== COMMA) return this.unexpected(at, 'expected "," or "}" after a value');
      at = skipSpace(bytes, at + 1);
    }
  }

  /** The object whose brace is at `open`; gives what follows it, -1 after a problem. Depth is bounded, so it may recurse. */
  private object(open: number): number {
    if (this.depth === JSON_DEPTH_MAX) return this.tooDeep(open);
    this.depth++;
    const { bytes, visitor } = this;
    let at = skipSpace(bytes, open + 1);
    this.structureBytes += 2;
    if (bytes[at] !== CLOSE_BRACE) {
      for (;;) {
        if (bytes[at] !== QUOTE) return this.unexpected(at, 'expected a key in double quotes');
        const quote = visitor.string(at, true);
        if (quote < 0) return this.unclosed();
        const start = this.valueBehind(quote);
        const end = start < 0 ? -1 : this.value(start);
        if (end < 0) return -1;
        at = skipSpace(bytes, end);
        if (bytes[at] === CLOSE_BRACE) break;
        if (bytes[at] !== COMMA) return this.unexpected(at, 'expected "," or "}" after a value');
        this.structureBytes++;
        at = skipSpace(bytes, at + 1);
      }
    }
    this.depth--;
    return at + 1;
  }

  private array(open: number): number {
    if (this.depth === JSON_DEPTH_MAX) return this.tooDeep(open);
    this.depth++;
    const { bytes } = this;
    let at = skipSpace(bytes, open + 1);
    this.structureBytes += 2;
    if (bytes[at] !== CLOSE_BRACKET) {
      for (;;) {
        const end = this.value(at);
        if (end < 0) return -1;
        at = skipSpace(bytes, end);
        if (bytes[at] === CLOSE_BRACKET) break;
        if (bytes[at] !== COMMA) return this.unexpected(at, 'expected "," or "]" after a value');
        this.structureBytes++;
        at = skipSpace(bytes, at + 1);
      }
    }
    this.depth--;
    return at + 1;
  }

  /** Behind a key's closing quote: over the colon to the first byte of its value. */
  private valueBehind(quote: number): number {
    const { bytes } = this;
    const colon = skipSpace(bytes, quote + 1);
    if (bytes[colon] !== COLON) return this.unexpected(colon, 'expected ":" after a key');
    this.structureBytes++;
    return skipSpace(bytes, colon + 1);
  }

  /** What follows the value at `at`, -1 after a problem. */
  private value(at: number): number {
    const byte = this.bytes[at] ?? 0;
    if (byte === QUOTE) {
      const quote = this.visitor.string(at, false);
      return quote < 0 ? this.unclosed() : quote + 1;
    }
    if (byte === OPEN_BRACE) return this.object(at);
    if (byte === OPEN_BRACKET) return this.array(at);
    const end = byte === MINUS || isDigit(byte) ? this.number(at) : this.literal(byte, at);
    if (end > 0) this.structureBytes += end - at;
    return end;
  }

  private literal(byte: number, at: number): number {
    for (const literal of literals) {
      if (byte !== literal[0]) continue;
      const end = at + literal.length;
      const isWhole = end <= this.bytes.length && this.bytes.compare(literal, 0, literal.length, at, end) === 0;
      return isWhole ? end : this.unexpected(at, 'expected a value');
    }
    return this.unexpected(at, 'expected a value');
  }

  /** `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?` */
  private number(start: number): number {
    const { bytes } = this;
    let at = bytes[start] === MINUS ? start + 1 : start;
    const whole = at;
    at = this.digits(at);
    if (at === whole) return this.unexpected(at, 'expected a digit');
    if (bytes[whole] === 0x30 && at > whole + 1) return this.unexpected(whole + 1, 'a number starts with 0');
    if (bytes[at] === 0x2e) {
      const fraction = at + 1;
      at = this.digits(fraction);
      if (at === fraction) return this.unexpected(at, 'expected a digit');
    }
    if (bytes[at] === 0x65 || bytes[at] === 0x45) {
      const sign = bytes[at + 1] === 0x2b || bytes[at + 1] === MINUS;
      const exponent = at + (sign ? 2 : 1);
      at = this.digits(exponent);
      if (at === exponent) return this.unexpected(at, 'expected a digit');
    }
    return at;
  }

  private digits(from: number): number {
    let at = from;
    while (isDigit(this.bytes[at] ?? 0)) at++;
    return at;
  }

  private tooDeep(offset: number): number {
    this.problem = { kind: 'depth', offset, detail: `nested deeper than ${JSON_DEPTH_MAX} levels` };
    return -1;
  }

  private unclosed(): number {
    return this.unexpected(this.bytes.length, 'a string is not closed');
  }

  private unexpected(offset: number, detail: string): number {
    const end = this.bytes.length;
    this.problem =
      offset >= end
        ? { kind: 'syntax', offset: end, detail: `${detail}, and the document ends` }
        : { kind: 'syntax', offset, detail };
    return -1;
  }
}
