import { describe, expect, it } from '@jest/globals';

import { headProblem } from './request-head.js';

describe('the head of a request', () => {
  it('passes an ordinary one', () => {
    expect(headProblem(['Host', 'api.example', 'Content-Length', '3'], '/v1/chat/completions', true)).toBeNull();
  });

  it.each<[string, string[], string]>([
    ['two hosts', ['Host', 'a', 'host', 'a'], '/v1'],
    ['no host', ['Accept', '*/*'], '/v1'],
    ['length and transfer-encoding', ['Host', 'a', 'Content-Length', '3', 'Transfer-Encoding', 'chunked'], '/v1'],
    ['a coding of the body that nobody knows', ['Host', 'a', 'Transfer-Encoding', 'xchunked'], '/v1'],
    ['two codings of the body', ['Host', 'a', 'Transfer-Encoding', 'gzip, chunked'], '/v1'],
    ['two lengths', ['Host', 'a', 'Content-Length', '3', 'content-length', '3'], '/v1'],
    ['an underscore in a name', ['Host', 'a', 'x_api_key', 'k'], '/v1'],
    ['a target of another host', ['Host', 'a'], 'http://b/v1'],
    ['too many lines', Array.from({ length: 202 }, () => 'x'), '/v1'],
  ])('is refused for %s', (_what, rawHeaders, target) => {
    expect(headProblem(rawHeaders, target, true)?.code).toBe('invalid_header');
  });

  it('may send its body in chunks', () => {
    expect(headProblem(['Host', 'a', 'Transfer-Encoding', 'Chunked'], '/v1', true)).toBeNull();
  });

  it('may have an absolute target of its own host, and no host in HTTP/1.0', () => {
    expect(headProblem(['Host', 'A:1'], 'http://a:1/v1', true)).toBeNull();
    expect(headProblem([], '/v1', false)).toBeNull();
  });
});
