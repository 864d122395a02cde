import { describe, expect, it } from '@jest/globals';

import { noFailpoints, readFailpoints } from './failpoints.js';

function ending() {
  const ends: string[] = [];
  return { ends, end: (point: string) => void ends.push(point) };
}

describe('failpoints', () => {
  it('end the process at the named point, the N-th time alone', () => {
    const { ends, end } = ending();
    const failpoints = readFailpoints({ NODE_ENV: 'test', APILINK_FAILPOINTS: 'one, two:3' }, end);
    for (let time = 0; time < 2; time++) failpoints.reach('two');
    failpoints.reach('three');
    expect(ends).toEqual([]);
    failpoints.reach('two');
    expect(ends).toEqual(['two']);
    failpoints.reach('two');
    expect(ends).toEqual(['two']);
    failpoints.reach('one');
    expect(ends).toEqual(['two', 'one']);
  });

  it('are refused outside of tests, so that no typing error ends a service', () => {
    expect(() => readFailpoints({ NODE_ENV: 'production', APILINK_FAILPOINTS: 'one' })).toThrow(/tests alone/);
    expect(() => readFailpoints({ APILINK_FAILPOINTS: 'one' })).toThrow(/tests alone/);
  });

  it('do nothing when none is named', () => {
    expect(readFailpoints({})).toBe(noFailpoints);
    expect(() => noFailpoints.reach('one')).not.toThrow();
  });

  it('say what a wrong value should be', () => {
    expect(() => readFailpoints({ NODE_ENV: 'test', APILINK_FAILPOINTS: 'one:0' })).toThrow(/expected names/);
  });
});
