/**
 * Reads data out of a package without running it: JSON, and the literals of objects, arrays, strings, numbers and
 * booleans that a bundler writes into JavaScript. A number keeps its digits (`ExactNumber`), since a price that passes
 * through a float is a price of a float.
 */
export type Literal = null | boolean | string | ExactNumber | readonly Literal[] | LiteralObject;
export interface LiteralObject {
  readonly [key: string]: Literal;
}

/** A number as its source text says it, like `0.075`, `2e5` or `.5`. */
export class ExactNumber {
  constructor(readonly text: string) {}
}

/** What was expected, and where the text says something else. */
export class LiteralError extends Error {
  override readonly name = 'LiteralError';
}

/** How deep literals may be nested; a package nests a dozen levels. */
const DEPTH_MAX = 64;

/**
 * The literal that begins at `offset`; the text behind it is not looked at.
 * @throws LiteralError for anything that is not data: a call, a name, an operator, an expression in a template
 */
export function readLiteral(text: string, offset = 0): Literal {
  return new LiteralReader(text, offset).read(0);
}

const space = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const numberForm = /-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const word = /[A-Za-z_$][\w$]*/y;
const constants: ReadonlyMap<string, Literal> = new Map<string, Literal>([
  ['!0', true],
  ['!1', false],
  ['true', true],
  ['false', false],
  ['null', null],
  ['void 0', null],
]);
const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
  ['0', '\0'],
  ['\n', ''],
]);

class LiteralReader {
  constructor(
    private readonly text: string,
    private at: number,
  ) {}

  read(depth: number): Literal {
    if (depth > DEPTH_MAX) throw this.#problem('literals nested less deeply');
    this.#match(space);
    const first = this.text[this.at] ?? '';
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#array(depth);
    if (first === '"' || first === "'" || first === '`') return this.#string(first);
    for (const [name, value] of constants) {
      if (!this.text.startsWith(name, this.at)) continue;
      this.at += name.length;
      return value;
    }
    const number = this.#match(numberForm);
    if (number === '') throw this.#problem('data');
    return new ExactNumber(number);
  }

  #object(depth: number): LiteralObject {
    this.at += 1;
    const entries = new Map<string, Literal>();
    while (!this.#ends('}')) {
      const key = this.#key();
      this.#must(':');
      entries.set(key, this.read(depth + 1));
      if (!this.#next('}')) break;
    }
    return Object.fromEntries(entries);
  }

  #array(depth: number): Literal[] {
    this.at += 1;
    const items: Literal[] = [];
    while (!this.#ends(']')) {
      items.push(this.read(depth + 1));
      if (!this.#next(']')) break;
    }
    return items;
  }

  #key(): string {
    const first = this.text[this.at] ?? '';
    if (first === '"' || first === "'") return this.#string(first);
    const name = this.#match(word) || this.#match(numberForm);
    if (name === '') throw this.#problem('a key');
    return name;
  }

  #string(quote: string): string {
    let value = '';
    for (this.at += 1; this.at < this.text.length; this.at += 1) {
      const character = this.text[this.at] ?? '';
      if (character === quote) {
        this.at += 1;
        return value;
      }
      if (quote === '`' && character === '$' && this.text[this.at + 1] === '{') throw this.#problem('plain text');
      value += character === '\\' ? this.#escape() : character;
    }
    throw this.#problem('the end of a text');
  }

  #escape(): string {
    this.at += 1;
    const letter = this.text[this.at] ?? '';
    const length = letter === 'u' ? 4 : 2;
    if (letter !== 'u' && letter !== 'x') return escapes.get(letter) ?? letter;
    const digits = this.text.slice(this.at + 1, this.at + 1 + length);
    if (digits.length !== length || !/^[0-9a-f]+$/i.test(digits)) throw this.#problem('hexadecimal digits');
    this.at += length;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  /** Whether the list ends here; passes the bracket. */
  #ends(bracket: string): boolean {
    this.#match(space);
    if (this.text[this.at] !== bracket) return false;
    this.at += 1;
    return true;
  }

  /** Whether another item may follow; passes the comma, or the bracket that ends the list. */
  #next(bracket: string): boolean {
    if (this.#ends(bracket)) return false;
    this.#must(',');
    return true;
  }

  #must(sign: string): void {
    this.#match(space);
    if (this.text[this.at] !== sign) throw this.#problem(`"${sign}"`);
    this.at += 1;
    this.#match(space);
  }

  #match(form: RegExp): string {
    form.lastIndex = this.at;
    const found = form.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  #problem(expected: string): LiteralError {
    const line = this.text.slice(0, this.at).split('\n').length;
    return new LiteralError(
      `expected ${expected} in line ${line}, found ${JSON.stringify(this.text.slice(this.at, this.at + 20))}`,
    );
  }
}
