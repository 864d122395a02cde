import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { PromptEstimator } from '../tokens/prompt-estimator.js';
import { JSON_DEPTH_MAX, scanDocument, type DocumentProblem, type DocumentScan } from './scan-document.js';

function scan(text: string): DocumentScan | DocumentProblem {
  const bytes = Buffer.from(text);
  const strings = new PromptEstimator(
    bytes,
    () => false,
    () => 0.5,
  );
  const result = scanDocument(bytes, strings);
  const broken = strings.brokenOffset;
  if (broken !== null && !('kind' in result && result.offset < broken)) {
    return { kind: 'syntax', offset: broken, detail: 'string' };
  }
  return result;
}

function isObjectJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

const piece = fc.constantFrom(
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '0',
  '-',
  '.',
  'e',
  'true',
  'null',
  ' ',
  '\n',
  '\u0001',
  'é',
);
const document = fc
  .tuple(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 5 }), fc.constantFrom(undefined, 1, '\t'))
  .map(([value, space]) => JSON.stringify(value, null, space));

const nested = (levels: number): string => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;

describe('scanDocument', () => {
  it('agrees with JSON.parse about every document, broken ones included', () => {
    const broken = fc.tuple(document, fc.nat(), fc.nat({ max: 3 }), fc.array(piece, { maxLength: 2 }));
    fc.assert(
      fc.property(broken, ([text, place, cut, added]) => {
        const at = place % (text.length + 1);
        const mutated = text.slice(0, at) + added.join('') + text.slice(at + cut);
        expect('members' in scan(mutated)).toBe(isObjectJson(mutated));
      }),
      { numRuns: 3000 },
    );
  });

  it('finds every top-level member and its value', () => {
    fc.assert(
      fc.property(document, (text) => {
        const result = scan(text);
        const bytes = Buffer.from(text);
        const found = 'members' in result ? result.members : [];
        const pairs = found.map(({ start, keyEnd, valueStart, end }): [unknown, unknown] => [
          JSON.parse(bytes.toString('utf8', start, keyEnd)),
          JSON.parse(bytes.toString('utf8', valueStart, end)),
        ]);
        expect(pairs).toEqual(entriesOf(JSON.parse(text)));
      }),
    );
  });

  it.each([
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ['{"a":01}', 6],
    ['{"a":1.}', 7],
    ['{"a":tru}', 5],
    ['{"a":"b\\x"}', 8],
    ['{"a":"b\n"}', 7],
    ['{"a":1} x', 8],
    ['{"a":[1}', 7],
    ['{"a":"b', 7],
    ['', 0],
  ])('names the byte at which %j breaks', (text, offset) => {
    expect(scan(text)).toMatchObject({ kind: 'syntax', offset });
  });

  it('refuses a million levels without a stack, in linear time', () => {
    expect(scan(nested(JSON_DEPTH_MAX - 1))).toHaveProperty('members');
    expect(scan(nested(JSON_DEPTH_MAX))).toMatchObject({ kind: 'depth', offset: 5 + JSON_DEPTH_MAX - 1 });
    expect(scan(nested(10_000))).toMatchObject({ kind: 'depth' });
    expect(scan(nested(1_000_000))).toMatchObject({ kind: 'depth' });
    expect(scan('{"a":'.repeat(1_000_000))).toMatchObject({ kind: 'depth' });
  });
});
