import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { countStringTokens, estimateTokens } from './token-estimator.js';

describe('estimateTokens', () => {
  // Second figure: tokens of o200k_base, counted once.
  it.each([
    ['The quick brown fox jumps over the lazy dog.', 10],
    ['1234567890', 4],
    ['自动补全一份增值税专用发票的申请', 10],
    ['const value = items.map((item) => item.id);', 12],
  ])('is between the tokenizer and 1.6 times it for %s', (text, tokens) => {
    expect(estimateTokens(text) * 1.25).toBeGreaterThanOrEqual(tokens);
    expect(estimateTokens(text)).toBeLessThanOrEqual(tokens * 1.6 + 1);
  });

  it('is linear on what makes tokenizers explode', () => {
    const started = process.cpuUsage();
    expect(estimateTokens('a'.repeat(4_000_000))).toBeGreaterThan(400_000);
    const { user } = process.cpuUsage(started);
    expect(user).toBeLessThan(400_000);
  });

  it('counts a text the same in a JSON string as plain, but for the weight of its escapes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const json = Buffer.from(JSON.stringify(text));
        const inJson = countStringTokens(json, 1, json.length - 1) / 100;
        expect(Math.abs(inJson - estimateTokens(text))).toBeLessThanOrEqual(1 + text.length * 0.5);
      }),
    );
  });
});
