import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  isDigit,
  isJsonSpace,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
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

const enum Expect {
  Value,
  ValueOrClose,
  Key,
  KeyOrClose,
  Colon,
  CommaOrClose,
  End,
}

const literals = [Buffer.from('true'), Buffer.from('false'), Buffer.from('null')];

/**
 * Finds the top-level members of a JSON object in one pass, without building anything of it. The structure, numbers and
 * literals are checked by the grammar of RFC 8259; strings are the visitor's. Iterative, so no depth can exhaust the stack.
 */
export function scanDocument(bytes: Buffer, visitor: DocumentVisitor): DocumentScan | DocumentProblem {
  return new DocumentScanner(bytes, visitor).scan();
}

class DocumentScanner {
  private readonly inObject: boolean[] = [];
  private readonly members: MemberRange[] = [];
  private depth = 0;
  private expect: Expect = Expect.Value;
  private open = 0;
  private keyStart = 0;
  private keyEnd = 0;
  private valueStart = 0;
  private structureBytes = 0;
  private problem: DocumentProblem | null = null;

  constructor(
    private readonly bytes: Buffer,
    private readonly visitor: DocumentVisitor,
  ) {}

  scan(): DocumentScan | DocumentProblem {
    const { bytes } = this;
    let at = 0;
    while (at < bytes.length) {
      const byte = bytes[at] ?? 0;
      if (isJsonSpace(byte)) {
        at++;
        continue;
      }
      const end = this.step(byte, at);
      if (byte !== QUOTE) this.structureBytes += end - at;
      at = end;
      if (this.problem !== null) return this.problem;
    }
    if (this.expect !== Expect.End) {
      const detail = bytes.length === 0 ? 'the body is empty' : 'the document ends too early';
      return { kind: 'syntax', offset: bytes.length, detail };
    }
    return { open: this.open, members: this.members };
  }

  /** Takes the token at `at`, returns what follows it. */
  private step(byte: number, at: number): number {
    switch (this.expect) {
      case Expect.ValueOrClose:
        return byte === CLOSE_BRACKET ? this.close(at, false) : this.value(byte, at);
      case Expect.Value:
        return this.value(byte, at);
      case Expect.KeyOrClose:
        return byte === CLOSE_BRACE ? this.close(at, true) : this.key(byte, at);
      case Expect.Key:
        return this.key(byte, at);
      case Expect.Colon:
        if (byte !== COLON) return this.unexpected(at, 'expected ":" after a key');
        this.expect = Expect.Value;
        return at + 1;
      case Expect.CommaOrClose:
        return this.commaOrClose(byte, at);
      case Expect.End:
        break;
    }
    return this.unexpected(at, 'expected nothing after the document');
  }

  private value(byte: number, at: number): number {
    if (this.depth === 1) this.valueStart = at;
    if (this.depth === 0 && byte !== OPEN_BRACE) return this.unexpected(at, 'expected an object');
    if (byte === QUOTE) {
      const quote = this.visitor.string(at, false);
      if (quote < 0) return this.unexpected(this.bytes.length, 'a string is not closed');
      return this.valueEnded(quote + 1);
    }
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) return this.descend(byte === OPEN_BRACE, at);
    if (byte === 0x2d || isDigit(byte)) return this.number(at);
    for (const literal of literals) {
      if (byte === literal[0]) {
        const end = at + literal.length;
        const same = end <= this.bytes.length && this.bytes.compare(literal, 0, literal.length, at, end) === 0;
        return same ? this.valueEnded(end) : this.unexpected(at, 'expected a value');
      }
    }
    return this.unexpected(at, 'expected a value');
  }

  private descend(intoObject: boolean, at: number): number {
    if (this.depth === JSON_DEPTH_MAX) {
      this.problem = { kind: 'depth', offset: at, detail: `nested deeper than ${JSON_DEPTH_MAX} levels` };
      return at;
    }
    if (this.depth === 0) this.open = at;
    this.inObject[this.depth] = intoObject;
    this.depth++;
    this.expect = intoObject ? Expect.KeyOrClose : Expect.ValueOrClose;
    return at + 1;
  }

  private key(byte: number, at: number): number {
    if (byte !== QUOTE) return this.unexpected(at, 'expected a key in double quotes');
    const isTopLevel = this.depth === 1;
    const quote = isTopLevel ? this.visitor.topLevelKey(at) : this.visitor.string(at, true);
    if (quote < 0) return this.unexpected(this.bytes.length, 'a string is not closed');
    if (isTopLevel) {
      this.keyStart = at;
      this.keyEnd = quote + 1;
      this.structureBytes = 0;
    }
    this.expect = Expect.Colon;
    return quote + 1;
  }

  private commaOrClose(byte: number, at: number): number {
    const inObject = this.inObject[this.depth - 1] === true;
    if (byte === COMMA) {
      this.expect = inObject ? Expect.Key : Expect.Value;
      return at + 1;
    }
    if (byte === (inObject ? CLOSE_BRACE : CLOSE_BRACKET)) return this.close(at, inObject);
    return this.unexpected(at, inObject ? 'expected "," or "}" after a value' : 'expected "," or "]" after a value');
  }

  private close(at: number, asObject: boolean): number {
    if (this.inObject[this.depth - 1] !== asObject) return this.unexpected(at, 'expected another bracket');
    this.depth--;
    return this.valueEnded(at + 1);
  }

  private valueEnded(end: number): number {
    if (this.depth === 1) {
      const { keyStart, keyEnd, valueStart } = this;
      if (this.members.length === MEMBERS_MAX) {
        return this.unexpected(keyStart, `expected at most ${MEMBERS_MAX} top-level keys`);
      }
      this.visitor.structure(this.structureBytes);
      this.members.push({ start: keyStart, keyEnd, valueStart, end });
    }
    this.expect = this.depth === 0 ? Expect.End : Expect.CommaOrClose;
    return end;
  }

  /** `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?` */
  private number(start: number): number {
    const { bytes } = this;
    let at = bytes[start] === 0x2d ? start + 1 : start;
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
      const sign = bytes[at + 1] === 0x2b || bytes[at + 1] === 0x2d;
      const exponent = at + (sign ? 2 : 1);
      at = this.digits(exponent);
      if (at === exponent) return this.unexpected(at, 'expected a digit');
    }
    return this.valueEnded(at);
  }

  private digits(from: number): number {
    let at = from;
    while (isDigit(this.bytes[at] ?? 0)) at++;
    return at;
  }

  private unexpected(offset: number, detail: string): number {
    const atEnd = offset >= this.bytes.length;
    const end = this.bytes.length;
    this.problem = atEnd
      ? { kind: 'syntax', offset: end, detail: `${detail}, and the document ends` }
      : { kind: 'syntax', offset, detail };
    return end;
  }
}
