import { isRecord, parsedJson } from '../json/records.js';

/** The only argument of a function that stands for a custom tool. */
export const CUSTOM_INPUT = 'input';

/** The arguments of the function that stands for a custom tool. */
export function customArguments(input: string): string {
  return JSON.stringify({ [CUSTOM_INPUT]: input });
}

/** The free text in a function's arguments; a model that forgot the object is taken at its word. */
export function customInputOf(text: string): string {
  const document = parsedJson(text);
  if (typeof document === 'string') return document;
  const input = isRecord(document) ? document[CUSTOM_INPUT] : undefined;
  return typeof input === 'string' ? input : text;
}

const opening = /^\s*\{\s*"input"\s*:\s*"/;
/** No beginning of `{"input": "` is longer, but for white space that no model writes. */
const OPENING_CHARACTERS_MAX = 256;

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * Decodes `{"input": "…"}` while it comes in pieces, so that a patch streams although the upstream writes it as JSON. What
 * does not begin like that is given whole by `rest`.
 */
export class CustomInputReader {
  private whole: string[] = [];
  private state: 'opening' | 'text' | 'closed' | 'other' = 'opening';
  /** An escape, or half of a surrogate pair, that has not ended. */
  private held = '';

  /** The next piece of the arguments; gives the text that it adds. */
  read(piece: string): string {
    if (this.state === 'closed') return '';
    if (this.state === 'text') return this.decode(piece);
    this.whole.push(piece);
    if (this.state === 'other') return '';
    const begun = this.whole.join('');
    const found = opening.exec(begun);
    if (found === null) {
      if (begun.length > OPENING_CHARACTERS_MAX) this.state = 'other';
      return '';
    }
    this.state = 'text';
    this.whole = [];
    return this.decode(begun.slice(found[0].length));
  }

  /** The arguments have ended: what no piece gave yet. */
  rest(): string {
    const text = this.state === 'opening' || this.state === 'other' ? customInputOf(this.whole.join('')) : '';
    this.whole = [];
    this.state = 'closed';
    return text;
  }

  private decode(piece: string): string {
    const text = this.held + piece;
    this.held = '';
    let out = '';
    let at = 0;
    while (at < text.length) {
      const stop = nextStop(text, at);
      out += text.slice(at, stop);
      if (stop === text.length) break;
      if (text[stop] === '"') {
        this.state = 'closed';
        break;
      }
      const length = text[stop + 1] === 'u' ? 6 : 2;
      if (stop + length > text.length) {
        this.held = text.slice(stop);
        break;
      }
      out += decoded(text, stop);
      at = stop + length;
    }
    return this.withWholePairs(out);
  }

  /** Half of a surrogate pair waits for the other one: alone it cannot be written as UTF-8. */
  private withWholePairs(out: string): string {
    const last = out.charCodeAt(out.length - 1);
    const isHalf = last >= 0xd800 && last <= 0xdbff && this.state === 'text';
    if (!isHalf) return out;
    this.held = `\\u${last.toString(16)}${this.held}`;
    return out.slice(0, -1);
  }
}

function nextStop(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22 || code === 0x5c) return at;
  }
  return text.length;
}

function decoded(text: string, backslash: number): string {
  const letter = text[backslash + 1] ?? '';
  if (letter !== 'u') return escapes[letter] ?? letter;
  const code = Number.parseInt(text.slice(backslash + 2, backslash + 6), 16);
  return Number.isNaN(code) ? '\ufffd' : String.fromCharCode(code);
}
