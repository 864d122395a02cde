import { BACKSLASH, QUOTE } from './json-bytes.js';

/** After this many words without a quote or a backslash the native search is faster: base64, long plain text. */
const PLAIN_WORDS = 64;
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;
const ONES = 0x01010101;
const HIGHS = 0x80808080;

/**
 * Finds closing quotes in a large document, four bytes at a time: twice as fast as byte by byte, and than a native search
 * that stops at each escaped quote. Linear: no byte is looked at more than three times.
 */
export class QuoteFinder {
  private readonly words: Int32Array;
  /** The first byte that begins a word. */
  private readonly first: number;

  constructor(private readonly bytes: Buffer) {
    this.first = Math.min((4 - (bytes.byteOffset & 3)) & 3, bytes.length);
    const count = (bytes.length - this.first) >> 2;
    const isAligned = ((bytes.byteOffset + this.first) & 3) === 0;
    this.words = isAligned ? new Int32Array(bytes.buffer, bytes.byteOffset + this.first, count) : new Int32Array(0);
  }

  /** The closing quote of the string whose opening quote is at `open`; -1 when it never closes. */
  closing(open: number): number {
    const { bytes, first } = this;
    const end = bytes.length;
    let at = open + 1;
    while (at < end) {
      if (((at - first) & 3) === 0) {
        const plain = this.plainWords((at - first) >> 2);
        at += plain << 2;
        if (plain >= PLAIN_WORDS) {
          const quote = bytes.indexOf(QUOTE, at);
          if (quote < 0) return -1;
          if (!isEscaped(bytes, quote)) return quote;
          at = quote + 1;
          continue;
        }
      }
      const byte = bytes[at];
      if (byte === QUOTE) return at;
      at += byte === BACKSLASH ? 2 : 1;
    }
    return -1;
  }

  /** How many words from `word` on have neither quote nor backslash; `PLAIN_WORDS` at most. */
  private plainWords(word: number): number {
    const { words } = this;
    const end = Math.min(words.length, word + PLAIN_WORDS);
    let at = word;
    while (at < end) {
      const four = words[at] ?? 0;
      const quotes = four ^ QUOTES;
      const backslashes = four ^ BACKSLASHES;
      // A byte of zero, and only such a one, makes a high bit here.
      const found = (((quotes - ONES) | 0) & ~quotes) | (((backslashes - ONES) | 0) & ~backslashes);
      if ((found & HIGHS) !== 0) break;
      at++;
    }
    return at - word;
  }
}

/** Whether an odd number of backslashes stands before `at`. */
function isEscaped(bytes: Buffer, at: number): boolean {
  let before = at - 1;
  while (bytes[before] === BACKSLASH) before--;
  return (at - 1 - before) % 2 === 1;
}
