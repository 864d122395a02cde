import { describe, expect, it } from '@jest/globals';

import { hashOfKey, hashOfRequest, idempotencyKeyOf } from './idempotency-key.domain.js';

describe('an Idempotency-Key', () => {
  it('is taken from its own header alone', () => {
    expect(idempotencyKeyOf({ 'idempotency-key': 'order 7' })).toBe('order 7');
    expect(idempotencyKeyOf({ 'x-client-request-id': 'thread', 'x-request-id': 'r' })).toBeNull();
  });

  it('of up to 255 printable characters is taken, and any other refused', () => {
    expect(idempotencyKeyOf({ 'idempotency-key': 'k'.repeat(255) })).toHaveLength(255);
    for (const key of ['', ' ', 'k'.repeat(256), 'ключ', 'a\tb', ' a']) {
      expect(() => idempotencyKeyOf({ 'idempotency-key': key })).toThrow(
        expect.objectContaining({ code: 'invalid_header', status: 400 }),
      );
    }
  });

  it('is another one in another account, and its request another one on another path or with another byte', () => {
    const body = Buffer.from('{}');
    expect(hashOfKey('a', 'k')).toHaveLength(32);
    expect(hashOfKey('a', 'k').equals(hashOfKey('b', 'k'))).toBe(false);
    expect(hashOfRequest('/v1/a', body).equals(hashOfRequest('/v1/b', body))).toBe(false);
    expect(hashOfRequest('/v1/a', body).equals(hashOfRequest('/v1/a', Buffer.from('{ }')))).toBe(false);
    expect(hashOfRequest('/v1/a', body).equals(hashOfRequest('/v1/a', Buffer.from('{}')))).toBe(true);
  });
});
