import { describe, expect, it } from '@jest/globals';
import { assert, jsonValue, property } from 'fast-check';

import { ExactNumber, LiteralError, readLiteral, type Literal } from './literal.js';

/** Back to plain values, for comparing with JSON. */
function plain(value: Literal): unknown {
  if (value instanceof ExactNumber) return Number(value.text);
  if (Array.isArray(value)) return value.map((item: Literal) => plain(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

describe('readLiteral', () => {
  it('reads what a bundler writes: names as keys, short booleans, comments, templates, trailing commas', () => {
    const text = `[ /* data */ { id: "a", 'b-c': !0, d: !1, e: void 0, // end
      f: \`two
lines\`, 7: .5, }, ]; throw new Error("never read");`;
    expect(plain(readLiteral(text))).toEqual([{ id: 'a', 'b-c': true, d: false, e: null, f: 'two\nlines', 7: 0.5 }]);
  });

  it('keeps the digits of a number, which a float would lose', () => {
    expect(readLiteral('0.10000000000000000555')).toEqual(new ExactNumber('0.10000000000000000555'));
    expect(readLiteral('2e5')).toEqual(new ExactNumber('2e5'));
  });

  it('reads every JSON document as JSON.parse does', () => {
    assert(
      property(jsonValue(), (value) => {
        expect(plain(readLiteral(JSON.stringify(value)))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['a call', '[fetch("https://example.test")]'],
    ['a name', '{ a: process }'],
    ['an operator', '[1 + 1]'],
    ['an expression in a template', '[`${process.env.HOME}`]'],
    ['a function', '{ a: () => 1 }'],
    ['a spread', '{ ...a }'],
    ['an end that is missing', '{ a: "b'],
    ['nothing', ''],
    ['an escape that is none', '["\\u00zz"]'],
  ])('takes %s for no data', (_, text) => {
    expect(() => readLiteral(text)).toThrow(LiteralError);
  });

  it('names the line of what it cannot read', () => {
    expect(() => readLiteral('{\n a: 1,\n b: window,\n}')).toThrow('in line 3');
  });

  it('refuses nesting without end instead of running out of stack', () => {
    expect(() => readLiteral('['.repeat(100_000))).toThrow(LiteralError);
  });

  it('makes no prototype of a key', () => {
    const read = readLiteral('{ "__proto__": { "a": 1 } }');
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });
});
