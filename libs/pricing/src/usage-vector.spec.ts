import { describe, expect, it } from '@jest/globals';
import { assert, nat, property, record } from 'fast-check';

import { emptyUsage, usageProblem, withPartsFitted, type UsageVector } from './usage-vector.js';

describe('usageProblem', () => {
  it('accepts parts that fill their totals exactly', () => {
    const usage: UsageVector = {
      ...emptyUsage,
      input: 15,
      cacheRead: 1,
      cacheWrite5m: 2,
      cacheWrite1h: 3,
      audioInput: 4,
      imageInput: 5,
      output: 6,
      reasoning: 1,
      audioOutput: 2,
      imageOutput: 3,
    };
    expect(usageProblem(usage)).toBeNull();
  });

  it.each([NaN, Infinity, -1, 0.5, Number.MAX_SAFE_INTEGER + 1])('refuses %s as a count', (count) => {
    const problem = usageProblem({ ...emptyUsage, webSearches: count });
    expect(problem?.invariant).toBe('not_a_count');
    expect(problem?.unit).toBe('webSearches');
  });

  it('refuses parts that exceed their total together, though each one alone fits', () => {
    const input = usageProblem({ ...emptyUsage, input: 10, cacheRead: 6, audioInput: 5 });
    expect(input?.invariant).toBe('parts_above_total');
    expect(input?.message).toContain('cacheRead 6');
    expect(usageProblem({ ...emptyUsage, output: 10, reasoning: 11 })?.unit).toBe('output');
  });

  it('refuses parts whose sum leaves the exact range of numbers', () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(usageProblem({ ...emptyUsage, input: most, cacheRead: most, audioInput: most })).not.toBeNull();
  });
});

describe('withPartsFitted', () => {
  it('leaves a true vector alone', () => {
    const usage = { ...emptyUsage, input: 10, cacheRead: 10 };
    expect(withPartsFitted(usage)).toBe(usage);
  });

  it('counts audio that was read from the cache once, as cached', () => {
    const fitted = withPartsFitted({ ...emptyUsage, input: 1000, cacheRead: 900, audioInput: 500 });
    expect(fitted).toEqual({ ...emptyUsage, input: 1000, cacheRead: 900, audioInput: 100 });
  });

  it('turns any counts into a vector that can be priced, with the same totals', () => {
    const counts = {
      input: nat(100),
      cacheRead: nat(100),
      cacheWrite5m: nat(100),
      cacheWrite1h: nat(100),
      audioInput: nat(100),
      imageInput: nat(100),
      output: nat(100),
      reasoning: nat(100),
      audioOutput: nat(100),
      imageOutput: nat(100),
    };
    assert(
      property(record(counts), (some) => {
        const usage = { ...emptyUsage, ...some };
        const fitted = withPartsFitted(usage);
        expect(usageProblem(fitted)).toBeNull();
        expect([fitted.input, fitted.output]).toEqual([usage.input, usage.output]);
      }),
    );
  });
});
