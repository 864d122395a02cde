import { describe, expect, it } from '@jest/globals';

import { bodyHeadProblem, pathOf } from './request-guard.domain.js';

const json = { bytesMax: 10, takesMultipart: false };

describe('the target of a request', () => {
  it('finds the path behind queries and absolute forms', () => {
    expect(pathOf('/v1/x?y=/z')).toBe('/v1/x');
    expect(pathOf('http://a/v1/x?y')).toBe('/v1/x');
    expect(pathOf('http://a')).toBe('/');
  });
});

describe('head of a body', () => {
  it('refuses what it tells to be too large, packed or not JSON', () => {
    expect(bodyHeadProblem({ 'content-length': '11' }, json)?.code).toBe('body_too_large');
    expect(bodyHeadProblem({ 'content-encoding': 'gzip' }, json)?.code).toBe('unsupported_encoding');
    expect(bodyHeadProblem({ 'content-type': 'text/plain' }, json)?.code).toBe('unsupported_media_type');
    expect(bodyHeadProblem({ 'content-type': 'application/json; charset=utf-8' }, json)).toBeNull();
    expect(bodyHeadProblem({}, json)).toBeNull();
    const form = { 'content-type': 'Multipart/Form-Data; boundary=x' };
    expect(bodyHeadProblem(form, json)?.code).toBe('unsupported_media_type');
    expect(bodyHeadProblem(form, { ...json, takesMultipart: true })).toBeNull();
    expect(bodyHeadProblem({ 'content-type': 'multipart/mixed' }, { ...json, takesMultipart: true })).not.toBeNull();
  });
});
