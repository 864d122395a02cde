import { OPEN_BRACE, OPEN_BRACKET, QUOTE } from '../json/json-bytes.js';
import type { MemberRange } from '../json/scan-document.js';
import type { RequestProblem } from '../call/request-problem.js';
import { parsedJson } from '../json/records.js';

/** Longest piece of a client's value that an error message repeats. */
const SHOWN_CHARACTERS = 40;

/** Values that are parsed at all: 16 fallback models and their like fit many times over. */
const SMALL_BYTES_MAX = 64 * 1024;
/** Stands for a value that no parameter may have; every check refuses it. */
const tooLarge = Symbol('too large');
/** Stands for a value with a control character or a broken escape in a string; every check refuses it too. */
const broken = Symbol('broken');

const SMALL_T = 0x74;
const SMALL_F = 0x66;
const SMALL_N = 0x6e;

/** Strings behind the first 4 KB of a request have not been checked before. */
function parsed(text: string): unknown {
  const value = parsedJson(text);
  return value === undefined ? broken : value;
}

/** Reads top-level parameters one by one and keeps the first problem. A `null` counts as absent, as with OpenAI. */
export class ParameterReader {
  problem: RequestProblem | null = null;

  constructor(
    private readonly body: Buffer,
    private readonly members: ReadonlyMap<string, MemberRange>,
  ) {}

  /** Present, `null` included. */
  member(key: string): MemberRange | null {
    return this.members.get(key) ?? null;
  }

  /** The parsed value of a small parameter; undefined when absent or null. */
  value(key: string): unknown {
    const member = this.members.get(key);
    if (member === undefined) return undefined;
    const { valueStart, end } = member;
    if (end - valueStart > SMALL_BYTES_MAX) return tooLarge;
    // The document is known to be JSON, so that the first byte tells what the value is.
    switch (this.body[valueStart] ?? 0) {
      case QUOTE:
        return parsed(this.text(member));
      case SMALL_T:
        return true;
      case SMALL_F:
        return false;
      case SMALL_N:
        return undefined;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        return parsed(this.text(member));
      default:
        return Number(this.body.toString('latin1', valueStart, end));
    }
  }

  requiredText(key: string, charactersMax: number): string {
    if (this.member(key) === null) {
      this.problem ??= { code: 'missing_parameter', param: key, detail: 'it is missing', limit: null };
      return '';
    }
    const value = this.value(key);
    if (typeof value === 'string' && value.length > 0 && value.length <= charactersMax) return value;
    this.refuse(key, `a text of 1 to ${charactersMax} characters`);
    return '';
  }

  text256(key: string): string | null {
    const value = this.value(key);
    if (value === undefined) return null;
    if (typeof value === 'string' && value.length <= 256) return value;
    this.refuse(key, 'a text of at most 256 characters');
    return null;
  }

  flag(key: string): boolean {
    const value = this.value(key);
    if (value === undefined) return false;
    if (typeof value === 'boolean') return value;
    this.refuse(key, 'true or false');
    return false;
  }

  /** A whole number from 1 to `max`. */
  count(key: string, max: number | null): number | null {
    const value = this.value(key);
    if (value === undefined) return null;
    const fits = typeof value === 'number' && Number.isInteger(value) && value >= 1 && (max === null || value <= max);
    if (fits) return value;
    this.refuse(key, max === null ? 'a whole number above 0' : `a whole number from 1 to ${max}`);
    return null;
  }

  texts(key: string, countMax: number): string[] {
    const value = this.value(key);
    if (value === undefined) return [];
    const given: unknown[] = Array.isArray(value) ? value : [null];
    const texts = given.filter((text) => typeof text === 'string').filter((text) => text !== '');
    if (texts.length === given.length && texts.length <= countMax) return texts;
    this.refuse(key, `a list of at most ${countMax} names`);
    return [];
  }

  /** Refuses a parameter: what was expected and what came. */
  refuse(key: string, expected: string): void {
    const member = this.members.get(key);
    const received = member === undefined ? 'nothing' : this.describe(member, this.value(key));
    const detail = `expected ${expected}, got ${received}`;
    this.problem ??= { code: 'invalid_parameter', param: key, detail, limit: null };
  }

  private describe(member: MemberRange, value: unknown): string {
    const first = String.fromCharCode(this.body[member.valueStart] ?? 0);
    if (value === broken) return 'a control character or a broken escape in a string';
    if (first === '{') return 'an object';
    if (value === tooLarge) return `a value of ${member.end - member.valueStart} bytes`;
    if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
    if (typeof value !== 'string') return this.text(member).slice(0, SHOWN_CHARACTERS);
    if (value === '') return 'an empty text';
    return value.length > SHOWN_CHARACTERS
      ? `a text of ${value.length} characters`
      : `the text ${JSON.stringify(value)}`;
  }

  private text(member: MemberRange): string {
    return this.body.toString('utf8', member.valueStart, member.end);
  }
}
