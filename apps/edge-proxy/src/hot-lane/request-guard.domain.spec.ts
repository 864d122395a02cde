import { describe, expect, it } from '@jest/globals';

import { bodyHeadProblem, headProblem, pathOf } from './request-guard.domain.js';

describe('head of a request', () => {
  it('passes an ordinary one', () => {
    expect(headProblem(['Host', 'api.example', 'Content-Length', '3'], '/v1/chat/completions')).toBeNull();
  });

  it.each<[string, string[], string]>([
    ['two hosts', ['Host', 'a', 'host', 'a'], '/v1'],
    ['length and transfer-encoding', ['Host', 'a', 'Content-Length', '3', 'Transfer-Encoding', 'chunked'], '/v1'],
    ['two lengths', ['Content-Length', '3', 'content-length', '3'], '/v1'],
    ['an underscore in a name', ['Host', 'a', 'x_api_key', 'k'], '/v1'],
    ['a target of another host', ['Host', 'a'], 'http://b/v1'],
    ['too many lines', Array.from({ length: 202 }, () => 'x'), '/v1'],
  ])('refuses %s', (_what, rawHeaders, target) => {
    expect(headProblem(rawHeaders, target)?.code).toBe('invalid_header');
  });

  it('takes an absolute target of its own host', () => {
    expect(headProblem(['Host', 'A:1'], 'http://a:1/v1')).toBeNull();
  });

  it('finds the path behind queries and absolute forms', () => {
    expect(pathOf('/v1/x?y=/z')).toBe('/v1/x');
    expect(pathOf('http://a/v1/x?y')).toBe('/v1/x');
    expect(pathOf('http://a')).toBe('/');
  });
});

describe('head of a body', () => {
  it('refuses what it tells to be too large, packed or not JSON', () => {
    expect(bodyHeadProblem({ 'content-length': '11' }, 10)?.code).toBe('body_too_large');
    expect(bodyHeadProblem({ 'content-encoding': 'gzip' }, 10)?.code).toBe('unsupported_encoding');
    expect(bodyHeadProblem({ 'content-type': 'text/plain' }, 10)?.code).toBe('unsupported_media_type');
    expect(bodyHeadProblem({ 'content-type': 'application/json; charset=utf-8' }, 10)).toBeNull();
    expect(bodyHeadProblem({}, 10)).toBeNull();
  });
});
