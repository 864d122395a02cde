import { describe, expect, it } from '@jest/globals';
import { assert, property, uuid as uuids } from 'fast-check';
import { z } from 'zod';

import { accountIdSchema, decodeWireId, encodeWireId, generationIdSchema } from './ids.js';

describe('wire ids', () => {
  it('gives every UUID back from its wire form', () => {
    assert(
      property(uuids(), (uuid) => {
        const wire = encodeWireId('gen', uuid);
        expect(wire).toMatch(/^gen_[0-9a-hjkmnp-tv-z]{26}$/);
        expect(decodeWireId('gen', wire)).toBe(uuid);
      }),
    );
  });

  it('keeps the order of UUIDs, so that ids sort by time', () => {
    assert(
      property(uuids(), uuids(), (first, second) => {
        expect(encodeWireId('acc', first) < encodeWireId('acc', second)).toBe(first < second);
      }),
    );
  });

  it.each([
    ['another prefix', 'key_01jd0000000000000000000000'],
    ['no prefix', '01jd0000000000000000000000'],
    ['a character that Crockford leaves out', 'acc_01jd000000000000000000000u'],
    ['upper case', 'acc_01JD0000000000000000000000'],
    ['more than 128 bits', 'acc_81jd0000000000000000000000'],
    ['a missing character', 'acc_01jd000000000000000000000'],
    ['a trailing line break', 'acc_01jd0000000000000000000000\n'],
    ['nothing', ''],
  ])('refuses an account id with %s', (_what, text) => {
    expect(decodeWireId('acc', text)).toBeNull();
    expect(accountIdSchema.safeParse(text).success).toBe(false);
  });

  it('writes nothing that is no UUID', () => {
    expect(() => encodeWireId('acc', '019a9d3c-5b1e-7c2d-8f3a-0123456789ag')).toThrow('no UUID');
    expect(() => encodeWireId('acc', '')).toThrow('no UUID');
  });

  it('reads and writes an id through its schema', () => {
    const wire = encodeWireId('gen', '019a9d3c-5b1e-7c2d-8f3a-0123456789ab');
    const uuid = generationIdSchema.parse(wire);
    expect(uuid).toBe('019a9d3c-5b1e-7c2d-8f3a-0123456789ab');
    expect(z.encode(generationIdSchema, uuid)).toBe(wire);
  });
});
