import { describe, expect, it } from '@jest/globals';

import { InputFactor } from './input-factor.js';

function taught(model: string, answers: number, ratio: number, factor = new InputFactor()): InputFactor {
  for (let i = 0; i < answers; i++) factor.learn(model, 1000, 1000 * ratio);
  return factor;
}

describe('InputFactor', () => {
  it('is 1 for a model not seen, and never below 1', () => {
    expect(new InputFactor().factor('a')).toBe(1);
    expect(taught('a', 100, 0.5).factor('a')).toBe(1);
  });

  it('comes near what the answers of a model say, within ten of them', () => {
    expect(taught('a', 10, 1.4).factor('a')).toBeGreaterThan(1.36);
    expect(taught('a', 200, 1.4).factor('a')).toBeCloseTo(1.4, 3);
    expect(taught('a', 200, 1.4).factor('b')).toBe(1);
  });

  it('follows a model that changes', () => {
    const factor = taught('a', 500, 1);
    expect(taught('a', 60, 1.5, factor).factor('a')).toBeGreaterThan(1.45);
  });

  it('is not carried away by one strange answer, the first one included, nor by a tiny or a senseless one', () => {
    const first = new InputFactor();
    first.learn('a', 1000, 1_000_000);
    expect(first.factor('a')).toBeLessThanOrEqual(1.5);
    const later = taught('a', 20, 1);
    later.learn('a', 1000, 1_000_000);
    expect(later.factor('a')).toBeLessThan(1.06);
    const none = new InputFactor();
    none.learn('b', 3, 60);
    none.learn('b', Number.NaN, 60);
    none.learn('b', 1000, Number.NaN);
    none.learn('b', 1000, Number.POSITIVE_INFINITY);
    expect(none.factor('b')).toBeLessThanOrEqual(1.5);
  });

  it('never holds more than four times the estimate', () => {
    expect(taught('a', 10_000, 100).factor('a')).toBeLessThanOrEqual(4);
  });

  it('remembers a bounded number of models', () => {
    const factor = new InputFactor();
    for (let i = 0; i < 2000; i++) factor.learn(`m${i}`, 1000, 2000);
    expect(factor.factor('m0')).toBe(1);
    expect(factor.factor('m1999')).toBe(1.5);
  });
});
