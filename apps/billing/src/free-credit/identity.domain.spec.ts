import { describe, expect, it } from '@jest/globals';

import { identityHash, normalisedIdentity } from './identity.domain.js';

describe('a verified identity', () => {
  it.each([
    ['Jane.Doe@Example.COM', 'jane.doe@example.com'],
    [' jane@example.com ', 'jane@example.com'],
    ['j.a.n.e+promo@gmail.com', 'jane@gmail.com'],
    ['jane@googlemail.com', 'jane@gmail.com'],
    ['jane+2@hotmail.com', 'jane@outlook.com'],
    ['jane.doe@outlook.com', 'jane.doe@outlook.com'],
    ['jane+2@example.com', 'jane+2@example.com'],
    ['jane@münchen.example', 'jane@xn--mnchen-3ya.example'],
    ['ｊａｎｅ@ｅｘａｍｐｌｅ.com', 'jane@example.com'],
  ])('of the address %s is %s', (value, one) => {
    expect(normalisedIdentity({ kind: 'email', value })).toBe(one);
  });

  it.each([
    ['+86 138-0013-8000', '+8613800138000'],
    ['0086 13800138000', '+8613800138000'],
    ['13800138000', '+8613800138000'],
    ['+1 (415) 555-2671', '+14155552671'],
  ])('of the number %s is %s', (value, one) => {
    expect(normalisedIdentity({ kind: 'phone', value })).toBe(one);
  });

  it.each(['', 'jane', 'jane@', '@example.com', 'jane@localhost', 'a b@example.com', '+@gmail.com', '...@gmail.com'])(
    'is none in %j',
    (value) => {
      expect(normalisedIdentity({ kind: 'email', value })).toBeNull();
    },
  );

  it.each(['', '4155552671', '+0123456789', '+12', 'call me'])('is no number in %j', (value) => {
    expect(normalisedIdentity({ kind: 'phone', value })).toBeNull();
  });

  it('is kept as a hash that says nothing without the key, and differs by kind', () => {
    const hash = identityHash('email', 'jane@example.com', 'k'.repeat(32));
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(identityHash('email', 'jane@example.com', 'j'.repeat(32))).not.toBe(hash);
    expect(identityHash('phone', 'jane@example.com', 'k'.repeat(32))).not.toBe(hash);
  });
});
