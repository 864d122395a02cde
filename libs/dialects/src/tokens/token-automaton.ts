/**
 * The estimator's automaton. A tokenizer splits a text into pieces by the classes of its characters; this automaton walks
 * the bytes once, keeps the kind and length of the running piece as its state, and adds what one more byte of a class is
 * expected to cost. Weights are hundredths of a token, fitted to o200k on prose, JSON, base64, digits and CJK
 * (docs/decisions): a word of up to 6 letters is one token, up to 10 letters 1.35, beyond that a fifth per letter; mixed
 * letters and digits cost 1/1.7 each; digits go in groups of three; a CJK character costs 0.8.
 *
 * In the bytes of a JSON string escapes are undone on the way, and what may not stand in one leads to `INVALID`.
 */

const classNames = [
  // Small letters by what they mean behind a backslash: n r t, b f (hexadecimal too), u, and a c d e (hexadecimal only).
  'lower',
  'lowerEscape',
  'lowerHexEscape',
  'lowerU',
  'lowerHex',
  'upper',
  'upperHex',
  'digit',
  'space',
  'newline',
  'punctuation',
  'quoteOrSlash',
  'backslash',
  'control',
  'continuation',
  'latin',
  'cyrillic',
  'kana',
  'ideograph',
  'wide',
] as const;
type ByteClass = (typeof classNames)[number];

/** Classes per state; a power of two, so that a state's number already is the row's offset. */
const ROW = 32;
const classIndex = new Map<ByteClass, number>(classNames.map((name, index) => [name, index]));

const WORD_LENGTHS = 11;
const DIGITS = 3;

type StateName =
  | 'start'
  | 'afterSpace'
  | 'mixed'
  | 'escape'
  | 'invalid'
  | `word${number}`
  | `capitals${number}`
  | `digits${number}`
  | `hex${number}`;

const stateNames: StateName[] = ['start', 'afterSpace', 'mixed'];
for (let length = 1; length <= WORD_LENGTHS; length++) stateNames.push(`word${length}`, `capitals${length}`);
for (let count = 1; count <= DIGITS; count++) stateNames.push(`digits${count}`);
// Last, so that one comparison tells that a string may not end here.
stateNames.push('escape', 'hex4', 'hex3', 'hex2', 'hex1', 'invalid');
const stateIndex = new Map<StateName, number>(stateNames.map((name, index) => [name, index * ROW]));

/** Next state by state + class. */
export const nextState = new Uint16Array(stateNames.length * ROW);
/** Hundredths of a token by state + class. */
export const weights = new Int16Array(stateNames.length * ROW);
/** Class of a byte in plain text, where every byte may stand and a backslash is punctuation. */
export const textClasses = new Uint8Array(256);
/** Class of a byte inside the quotes of a JSON string. */
export const jsonStringClasses = new Uint8Array(256);

export const START = offsetOf('start');
export const ESCAPE = offsetOf('escape');
export const INVALID = offsetOf('invalid');
/** This state and those above it: inside an escape, or dead. */
export const FIRST_UNFINISHED = ESCAPE;

function offsetOf(state: StateName): number {
  return stateIndex.get(state) ?? 0;
}

function indexOf(name: ByteClass): number {
  return classIndex.get(name) ?? 0;
}

function edges(from: StateName, by: readonly ByteClass[], to: StateName, weight: number): void {
  for (const name of by) edge(from, name, to, weight);
}

function edge(from: StateName, by: ByteClass, to: StateName, weight: number): void {
  const cell = offsetOf(from) + indexOf(by);
  nextState[cell] = offsetOf(to);
  weights[cell] = weight;
}

/** What a word of this many letters costs. */
function wordWeight(letters: number): number {
  if (letters <= 6) return 100;
  return letters <= 10 ? 135 : letters * 20;
}

/** What letters cost in a run of letters and digits without an order, such as base64. */
function mixedWeight(letters: number): number {
  return letters === 1 ? 90 : Math.round((letters * 100) / 1.7);
}

const smallLetters: readonly ByteClass[] = ['lower', 'lowerEscape', 'lowerHexEscape', 'lowerU', 'lowerHex'];
const capitalLetters: readonly ByteClass[] = ['upper', 'upperHex'];
const hexadecimals: readonly ByteClass[] = ['digit', 'lowerHex', 'lowerHexEscape', 'upperHex'];
const MIXED_STEP = 59;

/** Edges that do not depend on what came before. */
function layGround(from: StateName): void {
  edges(from, smallLetters, 'word1', 100);
  edges(from, capitalLetters, 'capitals1', 100);
  edge(from, 'digit', 'digits1', 100);
  edge(from, 'space', 'afterSpace', 0);
  edge(from, 'newline', 'start', 50);
  edges(from, ['punctuation', 'quoteOrSlash'], 'start', 62);
  edge(from, 'backslash', 'escape', 0);
  edge(from, 'control', 'invalid', 0);
  edge(from, 'continuation', 'start', 0);
  edge(from, 'latin', 'start', 60);
  edge(from, 'cyrillic', 'start', 34);
  edge(from, 'kana', 'start', 75);
  edge(from, 'ideograph', 'start', 80);
  edge(from, 'wide', 'start', 120);
}

function layWords(): void {
  for (let length = 1; length <= WORD_LENGTHS; length++) {
    const longer = Math.min(length + 1, WORD_LENGTHS);
    const step = length === WORD_LENGTHS ? 20 : wordWeight(length + 1) - wordWeight(length);
    edges(`word${length}`, smallLetters, `word${longer}`, step);
    edges(`capitals${length}`, capitalLetters, `capitals${longer}`, step);
    // "HTTPServer": two capitals and small letters behind them are a mixed piece; "Server" is a word.
    const toMixed = Math.max(mixedWeight(length + 1) - wordWeight(length), 0);
    edges(`capitals${length}`, smallLetters, length === 1 ? 'word2' : 'mixed', length === 1 ? 0 : toMixed);
    // "aB": short pieces of changing case are base64, longer ones are camelCase.
    edges(`word${length}`, capitalLetters, length <= 3 ? 'mixed' : 'capitals1', length <= 3 ? mixedWeight(1) : 100);
    const behindLetters = Math.max(mixedWeight(length) - wordWeight(length), 0);
    edge(`word${length}`, 'digit', 'digits1', 100 + behindLetters);
    edge(`capitals${length}`, 'digit', 'digits1', 100 + behindLetters);
  }
}

function layMixed(): void {
  const letters = [...smallLetters, ...capitalLetters];
  for (let count = 1; count <= DIGITS; count++) {
    const full = count === DIGITS;
    edge(`digits${count}`, 'digit', full ? 'digits1' : `digits${count + 1}`, full ? 100 : 0);
    edges(`digits${count}`, letters, 'mixed', mixedWeight(1));
  }
  edges('mixed', letters, 'mixed', MIXED_STEP);
  // A space does not merge with digits behind it as it does with a word.
  edge('afterSpace', 'digit', 'digits1', 200);
  edge('afterSpace', 'space', 'afterSpace', 6);
}

function layEscapes(): void {
  for (const dead of ['escape', 'hex1', 'hex2', 'hex3', 'hex4', 'invalid'] as const) {
    edges(dead, classNames, 'invalid', 0);
  }
  edges('escape', ['lowerEscape', 'lowerHexEscape'], 'start', 50);
  edges('escape', ['quoteOrSlash', 'backslash'], 'start', 62);
  edge('escape', 'lowerU', 'hex4', 80);
  edges('hex4', hexadecimals, 'hex3', 0);
  edges('hex3', hexadecimals, 'hex2', 0);
  edges('hex2', hexadecimals, 'hex1', 0);
  edges('hex1', hexadecimals, 'start', 0);
}

function layClasses(): void {
  for (let byte = 0; byte < 256; byte++) textClasses[byte] = indexOf(classOf(byte));
  jsonStringClasses.set(textClasses);
  for (let byte = 0; byte < 0x20; byte++) jsonStringClasses[byte] = indexOf('control');
  jsonStringClasses[0x5c] = indexOf('backslash');
}

function classOf(byte: number): ByteClass {
  if (byte === 0x0a) return 'newline';
  if (byte === 0x20) return 'space';
  if (byte >= 0x30 && byte <= 0x39) return 'digit';
  if (byte >= 0x41 && byte <= 0x5a) return byte <= 0x46 ? 'upperHex' : 'upper';
  if (byte >= 0x61 && byte <= 0x7a) return smallLetterClass(String.fromCharCode(byte));
  if (byte === 0x22 || byte === 0x2f) return 'quoteOrSlash';
  if (byte < 0x80) return 'punctuation';
  if (byte < 0xc0) return 'continuation';
  if (byte < 0xd0) return 'latin';
  if (byte < 0xd5) return 'cyrillic';
  if (byte === 0xe3 || byte === 0xef) return 'kana';
  if (byte >= 0xe4 && byte <= 0xed) return 'ideograph';
  return 'wide';
}

function smallLetterClass(letter: string): ByteClass {
  if (letter === 'u') return 'lowerU';
  if ('bf'.includes(letter)) return 'lowerHexEscape';
  if ('nrt'.includes(letter)) return 'lowerEscape';
  return 'acde'.includes(letter) ? 'lowerHex' : 'lower';
}

for (const name of stateNames) layGround(name);
layWords();
layMixed();
layEscapes();
layClasses();
