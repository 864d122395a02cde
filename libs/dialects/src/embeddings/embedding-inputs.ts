import { invalid, type RequestProblem } from '../call/request-problem.js';
import { CLOSE_BRACKET, COMMA, isDigit, OPEN_BRACKET, QUOTE, skipSpace } from '../json/json-bytes.js';
import { elementsOf } from '../json/json-members.js';
import type { ByteRange } from '../json/scan-document.js';
import { StringTokens } from '../tokens/token-estimator.js';

/** What OpenAI takes in one request. */
export const INPUTS_MAX = 2048;
/** A provider puts its own marks around each input. */
const TOKENS_OF_AN_INPUT = 3;

export interface EmbeddingInputs {
  readonly count: number;
  readonly tokens: number;
  /** Of the longest input: each is read alone. */
  readonly longestTokens: number;
}

const expected = 'a text, a list of texts, a list of tokens, or a list of such lists';

/** Counts what is to be embedded: texts by the estimator, tokens as they are. `at` is the value, checked as JSON before. */
export function readEmbeddingInputs(
  body: Buffer,
  value: ByteRange,
): EmbeddingInputs | { readonly problem: RequestProblem } {
  const first = body[value.start];
  if (first === QUOTE) {
    if (value.end - value.start === 2) return refused('input', `${expected}, got an empty text`);
    const tokens = textTokens(body, value);
    return { count: 1, tokens, longestTokens: tokens };
  }
  if (first !== OPEN_BRACKET) return refused('input', expected);
  const inside = skipSpace(body, value.start + 1);
  if (body[inside] === CLOSE_BRACKET) return refused('input', `${expected}, got an empty list`);
  if (isDigit(body[inside] ?? 0)) return oneList(body, value);
  return manyInputs(body, value);
}

function oneList(body: Buffer, value: ByteRange): EmbeddingInputs | { readonly problem: RequestProblem } {
  const count = countTokens(body, value);
  if (count === null) return refused('input', `${expected}, got a list with something else in it`);
  return { count: 1, tokens: count + TOKENS_OF_AN_INPUT, longestTokens: count };
}

function manyInputs(body: Buffer, value: ByteRange): EmbeddingInputs | { readonly problem: RequestProblem } {
  let count = 0;
  let tokens = 0;
  let longestTokens = 0;
  for (const element of elementsOf(body, value.start)) {
    count++;
    // The rest is counted only, so that the message can say how many there are.
    if (count > INPUTS_MAX) continue;
    const own = tokensOf(body, element);
    if (own === null) return refused(`input[${count - 1}]`, 'a text or a list of tokens');
    tokens += own;
    longestTokens = Math.max(longestTokens, own);
  }
  if (count > INPUTS_MAX) return refused('input', `at most ${INPUTS_MAX} inputs, got ${count}`);
  return { count, tokens, longestTokens };
}

function tokensOf(body: Buffer, element: ByteRange): number | null {
  if (body[element.start] === QUOTE) return textTokens(body, element);
  if (body[element.start] !== OPEN_BRACKET) return null;
  const count = countTokens(body, element);
  return count === null || count === 0 ? null : count + TOKENS_OF_AN_INPUT;
}

function textTokens(body: Buffer, { start }: ByteRange): number {
  const strings = new StringTokens();
  strings.read(body, start, body.length);
  return Math.ceil(strings.hundredths / 100) + TOKENS_OF_AN_INPUT;
}

/** Whole numbers with commas between them; null when there is anything else. */
function countTokens(body: Buffer, { start, end }: ByteRange): number | null {
  let count = 0;
  let isInNumber = false;
  for (let at = start + 1; at < end - 1; at++) {
    const byte = body[at] ?? 0;
    if (isDigit(byte)) {
      if (!isInNumber) count++;
      isInNumber = true;
    } else if (byte > 0x20 && byte !== COMMA) return null;
    else isInNumber = false;
  }
  return count;
}

function refused(param: string, what: string): { readonly problem: RequestProblem } {
  return { problem: invalid(param, what) };
}
