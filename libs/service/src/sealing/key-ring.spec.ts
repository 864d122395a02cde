import { describe, expect, it } from '@jest/globals';

import { KeyRing, SealBrokenError } from './key-ring.js';

const [old, current] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const text = Buffer.from('what the customer said');
const ring = (keys: readonly Buffer[], purpose = 'answers'): KeyRing => new KeyRing(keys, purpose);

describe('bytes sealed by a key ring', () => {
  it('are not readable, differ each time, and open for their own place alone', () => {
    const sealed = ring([current]).seal(text, 'responses/1');
    expect(sealed.includes(text)).toBe(false);
    expect(sealed.equals(ring([current]).seal(text, 'responses/1'))).toBe(false);
    expect(ring([current]).open(sealed, 'responses/1')).toEqual(text);
    expect(() => ring([current]).open(sealed, 'responses/2')).toThrow(SealBrokenError);
  });

  it('do not open after any bit was changed, nor when they are cut', () => {
    const sealed = ring([current]).seal(text, 'w');
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(() => ring([current]).open(changed, 'w')).toThrow(SealBrokenError);
    }
    for (const length of [0, 3, 4, 20, sealed.length - 1]) {
      expect(() => ring([current]).open(sealed.subarray(0, length), 'w')).toThrow(SealBrokenError);
    }
  });

  it('open while keys are rotated, and not once the old key is gone', () => {
    const sealed = ring([old]).seal(text, 'w');
    expect(ring([current, old]).open(sealed, 'w')).toEqual(text);
    expect(() => ring([current]).open(sealed, 'w')).toThrow(SealBrokenError);
  });

  it('of one purpose do not open for another', () => {
    const sealed = ring([current], 'answers').seal(text, 'w');
    expect(() => ring([current], 'secrets').open(sealed, 'w')).toThrow(SealBrokenError);
  });
});
