import { closingQuote, QUOTE } from '../json/json-bytes.js';
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

/** Of a longer text the rest is sampled: one window of `WINDOW_BYTES` in every `STRIDE_BYTES`, at a random place. */
const EXACT_BYTES = 8 * 1024;
const WINDOW_BYTES = 1024;
const STRIDE_BYTES = 4096;

/**
 * Estimated tokens of a text. Linear, about 500 MB/s; for holds multiply by 1.25 (docs/money.md). Not a tokenizer: those
 * take seconds for a few kilobytes of repeated letters, which anybody can send.
 */
export function estimateTokens(text: string): number {
  const bytes = Buffer.from(text);
  let state = START;
  let hundredths = 0;
  for (let i = 0; i < bytes.length; i++) {
    const cell = state + (textClasses[bytes[i] ?? 0] ?? 0);
    hundredths += weights[cell] ?? 0;
    state = nextState[cell] ?? 0;
  }
  return Math.ceil(hundredths / 100);
}

/**
 * Reads JSON strings: finds their end and counts their tokens in one walk, escapes undone. Control characters and broken
 * escapes are noticed in the first 8 KiB of a string. What comes after is sampled and not checked; the sample's places are
 * random, so that nobody can write a text that looks cheap at the known ones.
 */
export class StringTokens {
  /** Hundredths of a token in the last string read. */
  hundredths = 0;
  /** The first byte of any string read that may not stand there; null while all is well. */
  brokenOffset: number | null = null;

  constructor(private readonly random: () => number = Math.random) {}

  /** Reads the string whose opening quote is at `open`; gives its closing quote, -1 when there is none. */
  read(bytes: Buffer, open: number): number {
    const start = open + 1;
    const limit = Math.min(bytes.length, start + EXACT_BYTES);
    let state = START;
    let hundredths = 0;
    let at = start;
    for (; at < limit; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE && state !== ESCAPE) break;
      const cell = state + (jsonStringClasses[byte] ?? 0);
      hundredths += weights[cell] ?? 0;
      state = nextState[cell] ?? 0;
    }
    this.hundredths = hundredths;
    if (at < limit) {
      if (state >= FIRST_UNFINISHED) this.brokenOffset ??= brokenAt(bytes, start, at);
      return at;
    }
    if (state === INVALID) this.brokenOffset ??= brokenAt(bytes, start, at);
    if (at === bytes.length) return -1;
    const quote = closingQuote(bytes, state === ESCAPE ? at : at - 1);
    if (quote > 0) this.hundredths += this.sample(bytes, at, quote);
    return quote;
  }

  private sample(bytes: Buffer, start: number, end: number): number {
    let hundredths = 0;
    let sampled = 0;
    for (let stride = start; stride < end; stride += STRIDE_BYTES) {
      const room = Math.min(STRIDE_BYTES, end - stride);
      const length = Math.min(WINDOW_BYTES, room);
      const from = stride + Math.floor(this.random() * (room - length + 1));
      hundredths += countStringTokens(bytes, from, from + length);
      sampled += length;
    }
    return sampled === 0 ? 0 : Math.ceil((hundredths * (end - start)) / sampled);
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
