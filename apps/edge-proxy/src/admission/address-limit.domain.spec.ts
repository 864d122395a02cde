import { describe, expect, it } from '@jest/globals';

import { AddressLimit, isLoopback, networkOf } from './address-limit.domain.js';

describe('look-ups of unknown keys', () => {
  it('are bounded per address and minute, and come back with time', () => {
    const limit = new AddressLimit(2);
    expect([limit.take('10.0.0.1', 0), limit.take('10.0.0.1', 0), limit.take('10.0.0.1', 0)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(limit.take('10.0.0.2', 0)).toBe(true);
    expect(limit.take('10.0.0.1', 30_000)).toBe(true);
  });

  it('count a whole /64 network as one client', () => {
    expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe(networkOf('2001:db8:1:2::9'));
    expect(networkOf('2001:db8:1:3::9')).not.toBe(networkOf('2001:db8:1:2::9'));
    expect(networkOf('::ffff:10.0.0.1')).toBe('10.0.0.1');
  });

  it('know loopback in all of its forms', () => {
    expect(['127.0.0.1', '::1', '::ffff:127.0.0.1'].every(isLoopback)).toBe(true);
    expect(isLoopback('10.0.0.1')).toBe(false);
  });
});
