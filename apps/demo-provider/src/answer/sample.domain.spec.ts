import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';

import { pictureSize } from './picture.domain.js';
import { sampleOf } from './sample.domain.js';
import { tokenPieces } from './token-pieces.domain.js';

describe('sampleOf', () => {
  const address = {
    type: 'object',
    properties: { street: { type: 'string', minLength: 12 }, kind: { enum: ['home', 'work'] } },
    required: ['street', 'kind'],
    additionalProperties: false,
  };
  it.each([
    address,
    {
      type: 'object',
      properties: { all: { type: 'array', items: { $ref: '#/$defs/address' }, minItems: 2, maxItems: 4 } },
      required: ['all'],
      $defs: { address },
    },
    { anyOf: [{ type: 'null' }, { type: 'integer', minimum: 7, maximum: 9 }] },
    { type: ['number', 'null'], exclusiveMinimum: 3 },
    {
      allOf: [{ properties: { one: { type: 'string' } } }, { properties: { more: { const: 5 } }, required: ['more'] }],
    },
    { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
    { type: 'number', maximum: -3 },
    { type: 'string', maxLength: 2 },
    { type: 'array', items: { type: 'boolean' }, maxItems: 0 },
    { oneOf: [{ type: 'object', properties: { a: { type: 'null' } }, required: ['a'] }] },
  ])('satisfies the schema %#', (schema) => {
    expect(new Ajv({ strict: false }).validate(schema, sampleOf(schema))).toBe(true);
  });

  it('ends on a schema that refers to itself, and reads types in capitals', () => {
    const tree = { type: 'object', properties: { child: { $ref: '#' } } };
    expect(JSON.stringify(sampleOf(tree)).length).toBeLessThan(1_000);
    expect(sampleOf({ type: 'OBJECT', properties: { days: { type: 'INTEGER' } } })).toEqual({ days: 1 });
  });
});

describe('tokenPieces', () => {
  it.each(['', 'Hello there,  you.\n\n', '{"a":"ü 漢字 🎉"}', 'a'.repeat(50), '*** Begin Patch\n+x'])(
    'are the text again: %j',
    (text) => {
      expect(tokenPieces(text).join('')).toBe(text);
    },
  );
});

describe('pictureSize', () => {
  it('reads a PNG and knows no text', () => {
    const png = 'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC';
    expect(pictureSize(png)).toEqual({ width: 8, height: 8 });
    expect(pictureSize(Buffer.from('no picture at all, only a text'.repeat(3)).toString('base64'))).toBeNull();
  });
});
