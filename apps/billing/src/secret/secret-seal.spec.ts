import { describe, expect, it } from '@jest/globals';

import { SealBrokenError } from '@apilink/service';

import { SecretSeal } from './secret-seal.service.js';

const [old, current] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];

describe('a sealed secret', () => {
  it('is not readable in the table, and opens for its own row', () => {
    const seal = new SecretSeal([current]);
    const kept = seal.seal('whsec_abc', 'webhooks.secret/1');
    expect(kept).not.toContain('whsec_abc');
    expect(seal.open(kept, 'webhooks.secret/1')).toBe('whsec_abc');
    expect(seal.seal('whsec_abc', 'webhooks.secret/1')).not.toBe(kept);
  });

  it('does not open in another row, nor after a bit was changed', () => {
    const seal = new SecretSeal([current]);
    const kept = seal.seal('whsec_abc', 'webhooks.secret/1');
    expect(() => seal.open(kept, 'webhooks.secret/2')).toThrow(SealBrokenError);
    // Not the last character: some of its bits stand for nothing.
    const changed = `${kept.slice(0, -2)}${kept.at(-2) === 'A' ? 'B' : 'A'}${kept.slice(-1)}`;
    expect(() => seal.open(changed, 'webhooks.secret/1')).toThrow(SealBrokenError);
  });

  it('opens with the key that sealed it while keys are rotated, and not when that one is gone', () => {
    const kept = new SecretSeal([old]).seal('whsec_abc', 'w');
    expect(new SecretSeal([current, old]).open(kept, 'w')).toBe('whsec_abc');
    expect(() => new SecretSeal([current]).open(kept, 'w')).toThrow(SealBrokenError);
  });

  it('of a time without a key is found again with one', () => {
    expect(new SecretSeal([current]).open(new SecretSeal([]).seal('whsec_abc', 'w'), 'w')).toBe('whsec_abc');
  });
});
