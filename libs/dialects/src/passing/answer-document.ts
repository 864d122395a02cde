import { readFailure } from '../call/read-failure.js';
import { parsedJson } from '../json/records.js';
import type { AnswerClosing, AnswerFailure } from '../call/answer-closing.js';
import { piecesWith, type ByteEdit } from '../json/byte-edits.js';
import { closingQuote, OPEN_BRACE } from '../json/json-bytes.js';
import { decodeKey, MemberCursor } from '../json/json-members.js';
import { scanDocument, type DocumentVisitor, type MemberRange } from '../json/scan-document.js';
import { writePassedUsage, type OwnUsage } from './passed-usage.js';

/** Small members are parsed; an answer's payload never is. */
const SMALL_BYTES_MAX = 1024 * 1024;

export interface AnswerEdits {
  readonly model: string;
  /** The upstream's own figures can be true and stay. */
  readonly keepsUsage: boolean;
  readonly ownUsage: OwnUsage;
  readonly closing: AnswerClosing;
}

/** An answer in JSON by its top-level members: pictures and vectors of many megabytes are passed and never parsed. */
export class AnswerDocument {
  private constructor(
    readonly body: Buffer,
    private readonly open: number,
    private readonly members: ReadonlyMap<string, MemberRange>,
  ) {}

  /** Null for anything that is no JSON object. */
  static read(body: Buffer): AnswerDocument | null {
    const scan = scanDocument(body, new StringEnds(body));
    if ('kind' in scan) return null;
    const members = new Map<string, MemberRange>();
    for (const member of scan.members) {
      const key = keyOf(body, member);
      if (key === null) return null;
      members.set(key, member);
    }
    return new AnswerDocument(body, scan.open, members);
  }

  member(key: string): MemberRange | null {
    return this.members.get(key) ?? null;
  }

  /** The parsed value of a small member; undefined when it is absent, large or broken. */
  value(key: string): unknown {
    const member = this.member(key);
    if (member === null || member.end - member.valueStart > SMALL_BYTES_MAX) return undefined;
    return parsedJson(this.body.toString('utf8', member.valueStart, member.end));
  }

  get failure(): AnswerFailure | null {
    return readFailure(this.value('error') ?? null);
  }

  /** The answer for the client: our name of the model, the usage with its cost, and `more`; every other byte stays. */
  edited({ model, keepsUsage, ownUsage, closing }: AnswerEdits, more: readonly ByteEdit[] = []): Buffer {
    const { body, open } = this;
    const edits: ByteEdit[] = [...more];
    const named = this.member('model');
    if (named !== null) {
      edits.push({ start: named.valueStart, end: named.end, bytes: Buffer.from(JSON.stringify(model)) });
    }
    const told = this.member('usage');
    const isObject = told !== null && body[told.valueStart] === OPEN_BRACE;
    const own = keepsUsage && isObject ? body.subarray(told.valueStart, told.end) : null;
    const usage = writePassedUsage(own, ownUsage, closing);
    if (told !== null) edits.push({ start: told.valueStart, end: told.end, bytes: usage });
    else {
      const end = this.lastEnd();
      const comma = end === open + 1 ? '' : ',';
      edits.push({ start: end, end, bytes: Buffer.concat([Buffer.from(`${comma}"usage":`), usage]) });
    }
    return Buffer.concat(piecesWith(body, { start: 0, end: body.length }, edits));
  }

  private lastEnd(): number {
    let end = this.open + 1;
    for (const member of this.members.values()) end = Math.max(end, member.end);
    return end;
  }
}

/** The value of `key` in the object whose brace is at `open`; null without one. */
export function memberOf(bytes: Buffer, open: number, key: string): MemberRange | null {
  if (bytes[open] !== OPEN_BRACE) return null;
  const cursor = new MemberCursor(bytes, open);
  while (cursor.next()) {
    const { start, keyEnd, valueStart, end } = cursor;
    if (keyOf(bytes, cursor) === key) return { start, keyEnd, valueStart, end };
  }
  return null;
}

function keyOf(body: Buffer, member: MemberRange): string | null {
  try {
    return decodeKey(body, member.start, member.keyEnd);
  } catch {
    return null;
  }
}

/** Finds where strings end; what they say is left to the client. */
class StringEnds implements DocumentVisitor {
  constructor(private readonly bytes: Buffer) {}

  topLevelKey(open: number): number {
    return closingQuote(this.bytes, open);
  }

  string(open: number): number {
    return closingQuote(this.bytes, open);
  }

  structure(): void {
    // Nothing is estimated of an answer.
  }
}
