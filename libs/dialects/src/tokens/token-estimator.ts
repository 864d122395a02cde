import { QUOTE } from '../json/json-bytes.js';
import {
  ESCAPE,
  FIRST_UNFINISHED,
  INVALID,
  jsonStringClasses,
  nextState,
  START,
  textClasses,
  weights,
} from './token-automaton.js';

/**
 * Estimated tokens of a text. Linear, about 500 MB/s; for holds multiply by 1.25 (docs/money.md). Not a tokenizer: those
 * take seconds for a few kilobytes of repeated letters, which anybody can send.
 */
export function estimateTokens(text: string): number {
  return Math.ceil(textTokens(text).hundredths / 100);
}

/** The same for a piece of an answer, in hundredths of a token, with its length in UTF-8. */
export function textTokens(text: string): { readonly hundredths: number; readonly textBytes: number } {
  const bytes = Buffer.from(text);
  let state = START;
  let hundredths = 0;
  for (let i = 0; i < bytes.length; i++) {
    const cell = state + (textClasses[bytes[i] ?? 0] ?? 0);
    hundredths += weights[cell] ?? 0;
    state = nextState[cell] ?? 0;
  }
  return { hundredths, textBytes: bytes.length };
}

/**
 * Reads JSON strings: finds their end and counts their tokens in one walk, escapes undone, and notices what breaks the rules
 * of JSON in them.
 */
export class StringTokens {
  /** Hundredths of a token in the last string read, up to `countedTo`. */
  hundredths = 0;
  /** The closing quote, or the byte behind the last one that was counted. */
  countedTo = 0;
  /** The first byte of any string read that may not stand there; null while all is well. */
  brokenOffset: number | null = null;

  /**
   * Reads the string whose opening quote is at `open`, `bytesMax` of it at most. Gives its closing quote, -1 when the document
   * ends before it, and `null` when the string is longer: `countedTo` is where it goes on, never inside an escape.
   */
  read(bytes: Buffer, open: number, bytesMax: number): number | null {
    const start = open + 1;
    const limit = Math.min(bytes.length, start + bytesMax);
    let state = START;
    let hundredths = 0;
    let at = start;
    for (; at < limit || (state >= FIRST_UNFINISHED && state !== INVALID && at < bytes.length); at++) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE && state !== ESCAPE) break;
      const cell = state + (jsonStringClasses[byte] ?? 0);
      hundredths += weights[cell] ?? 0;
      state = nextState[cell] ?? 0;
    }
    this.hundredths = hundredths;
    this.countedTo = at;
    const isClosed = bytes[at] === QUOTE && state !== ESCAPE;
    if (isClosed ? state >= FIRST_UNFINISHED : state === INVALID) this.brokenOffset ??= brokenAt(bytes, start, at);
    if (isClosed) return at;
    return at === bytes.length ? -1 : null;
  }
}

/**
 * Hundredths of a token in bytes of a JSON string, all of them counted. They may begin inside an escape, so nothing is held
 * against them: a dead state starts afresh.
 */
export function countStringTokens(bytes: Buffer, start: number, end: number): number {
  let state = START;
  let hundredths = 0;
  for (let i = start; i < end; i++) {
    const cell = state + (jsonStringClasses[bytes[i] ?? 0] ?? 0);
    hundredths += weights[cell] ?? 0;
    state = nextState[cell] ?? 0;
    if (state === INVALID) state = START;
  }
  return hundredths;
}

/** Where a string stops being one: the offending byte, `end` when its last escape is unfinished. */
function brokenAt(bytes: Buffer, start: number, end: number): number {
  let state = START;
  for (let i = start; i < end; i++) {
    state = nextState[state + (jsonStringClasses[bytes[i] ?? 0] ?? 0)] ?? 0;
    if (state === INVALID) return i;
  }
  return end;
}
