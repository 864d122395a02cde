import { emptyUsage } from '@apilink/pricing';
import { describe, expect, it } from '@jest/globals';

import { isPlausible } from './told-usage.domain.js';

const bounds = {
  contextLength: 128_000,
  maxOutputTokens: 8_192,
  facts: { choices: 2, estimatedTextTokens: 1, units: null },
};

describe('usage that a provider tells', () => {
  it.each([
    ['a whole context and every token of both choices', { input: 128_000, output: 16_384 }, true],
    ['a context that was sent ten times for its own tools', { input: 1_280_000, webSearches: 9 }, true],
    ['more input than ten contexts', { input: 1_280_001 }, false],
    ['more output than ten answers of this size', { output: 163_841 }, false],
    ['more searches than anybody runs', { webSearches: 1_001 }, false],
    ['a whole day of audio', { milliseconds: 86_400_000 }, true],
    ['more audio than a day', { milliseconds: 86_400_001 }, false],
  ])('%s', (_name, usage, plausible) => {
    expect(isPlausible({ ...emptyUsage, ...usage }, bounds)).toBe(plausible);
  });
});
