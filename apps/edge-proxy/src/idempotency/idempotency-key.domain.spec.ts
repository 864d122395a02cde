import { describe, expect, it } from '@jest/globals';

import { hashOfKey, hashOfRequest, readIdempotencyKey } from './idempotency-key.domain.js';

const form = (boundary: string, content: string): Buffer =>
  hashOfRequest('/v1/a', Buffer.from(`--${boundary}\r\n\r\n${content}\r\n--${boundary}--\r\n`), boundary);

describe('an Idempotency-Key', () => {
  it('is taken from its own header alone', () => {
    expect(readIdempotencyKey({ 'idempotency-key': 'order 7' })).toEqual({ key: 'order 7' });
    expect(readIdempotencyKey({ 'x-client-request-id': 'thread', 'x-request-id': 'r' })).toEqual({ key: null });
  });

  it('of up to 255 printable characters is taken, and any other refused', () => {
    expect(readIdempotencyKey({ 'idempotency-key': 'k'.repeat(255) })).toEqual({ key: 'k'.repeat(255) });
    for (const key of ['', ' ', 'k'.repeat(256), 'ключ', 'a\tb', ' a']) {
      expect(readIdempotencyKey({ 'idempotency-key': key })).toHaveProperty('expected');
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

  it('has the same request when only the boundary of its form is another one, and another with another part', () => {
    expect(form('one', 'same').equals(form('two', 'same'))).toBe(true);
    expect(form('one', 'same').equals(form('two', 'other'))).toBe(false);
  });
});
