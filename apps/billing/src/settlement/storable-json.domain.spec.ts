import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { storableJson } from './storable-json.domain.js';

/** UTF-8 has no halves of characters either. */
function kept(text: string): string {
  return Buffer.from(text).toString().replaceAll('\u0000', '\ufffd');
}

describe('storable JSON', () => {
  it.each([
    ['a\u0000b', 'a\ufffdb'],
    ['half \ud83d', 'half \ufffd'],
    ['\ude00 other half', '\ufffd other half'],
    ['whole \ud83d\ude00', 'whole \ud83d\ude00'],
    [String.raw`\u0000`, String.raw`\u0000`],
    [String.raw`\\ud83d`, String.raw`\\ud83d`],
    ['\\\u0000', '\\\ufffd'],
    ['\u0001\n"', '\u0001\n"'],
  ])('keeps of %j what can be kept', (text, expected) => {
    expect(JSON.parse(storableJson({ text }))).toEqual({ text: expected });
  });

  it('changes nothing else in any text', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
        expect(JSON.parse(storableJson(texts))).toEqual(texts.map(kept));
      }),
    );
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('\\', 'u', '0', 'd', '8', '\u0000', '\ud83d', '\ude00') }),
        (text) => {
          expect(JSON.parse(storableJson(text))).toBe(kept(text));
        },
      ),
    );
  });
});
