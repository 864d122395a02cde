import { describe, expect, it } from '@jest/globals';

import { assumedOutputTokens, growthTarget } from './hold-growth.domain.js';

const held = { heldTokens: 4096, maxTokens: 100_000, stepTokens: 4096 };

describe('assumed output', () => {
  it('counts hidden output by time when less was seen', () => {
    const progress = { tokensSeen: 10, choices: 1, msSinceDispatch: 2_000, topTokensPerSecond: 300 };
    expect(assumedOutputTokens(progress)).toBe(600);
  });

  it('shares what was seen among the choices, rounded up', () => {
    const progress = { tokensSeen: 1001, choices: 2, msSinceDispatch: 1, topTokensPerSecond: 300 };
    expect(assumedOutputTokens(progress)).toBe(501);
  });
});

describe('growth of a hold', () => {
  it('grows by a step at three quarters and not before', () => {
    expect(growthTarget(held, 3071)).toBeNull();
    expect(growthTarget(held, 3072)).toBe(8192);
  });

  it('takes as many steps as a burst needs', () => {
    expect(growthTarget(held, 20_000)).toBeGreaterThanOrEqual(20_000 / 0.75);
  });

  it('never holds more than the answer may become', () => {
    expect(growthTarget({ ...held, maxTokens: 5000 }, 4096)).toBe(5000);
    expect(growthTarget({ ...held, maxTokens: 4096 }, 4096)).toBeNull();
  });
});
