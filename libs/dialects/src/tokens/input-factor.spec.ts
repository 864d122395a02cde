import { describe, expect, it } from '@jest/globals';

import { InputFactor } from './input-factor.js';

describe('InputFactor', () => {
  it('is 1 for a model not seen, and never below 1', () => {
    const factor = new InputFactor();
    expect(factor.factor('a')).toBe(1);
    for (let i = 0; i < 100; i++) factor.learn('a', 1000, 500);
    expect(factor.factor('a')).toBe(1);
  });

  it('comes near what the answers of a model say', () => {
    const factor = new InputFactor();
    for (let i = 0; i < 100; i++) factor.learn('a', 1000, 1400);
    expect(factor.factor('a')).toBeCloseTo(1.4, 5);
    expect(factor.factor('b')).toBe(1);
  });

  it('is not carried away by one strange answer, nor by a tiny or a senseless one', () => {
    const factor = new InputFactor();
    for (let i = 0; i < 20; i++) factor.learn('a', 1000, 1000);
    factor.learn('a', 1000, 1_000_000);
    expect(factor.factor('a')).toBeLessThanOrEqual(1.3);
    factor.learn('b', 3, 60);
    factor.learn('b', Number.NaN, 60);
    factor.learn('b', 1000, Number.NaN);
    expect(factor.factor('b')).toBe(1);
  });

  it('remembers a bounded number of models', () => {
    const factor = new InputFactor();
    for (let i = 0; i < 2000; i++) factor.learn(`m${i}`, 1000, 2000);
    expect(factor.factor('m0')).toBe(1);
    expect(factor.factor('m1999')).toBe(2);
  });
});
