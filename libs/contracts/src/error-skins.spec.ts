import { describe, expect, it } from '@jest/globals';

import {
  errorStatus,
  errorText,
  errorType,
  googleStatus,
  publicErrorCode,
  skinOf,
  type ErrorSkin,
} from './error-skins.js';
import { errorCatalogue, type ErrorCode } from './errors.js';

const codes = Object.keys(errorCatalogue).filter((name): name is ErrorCode => name in errorCatalogue);

describe('the skin of errors', () => {
  it.each<[string, ErrorSkin]>([
    ['/v1/chat/completions', 'openai'],
    ['/v1/responses', 'responses'],
    ['/v1/responses/resp_1/input_items?limit=2', 'responses'],
    ['/v1/responsesx', 'openai'],
    ['/v1/messages', 'anthropic'],
    ['/v1/messages?beta=true', 'anthropic'],
    ['/v1/messages/count_tokens', 'anthropic'],
    ['/v1/messages/nothing/here', 'anthropic'],
    ['/api/v1/messages', 'anthropic'],
    ['/api/v1/chat/completions', 'openrouter'],
    ['/api/v1', 'openrouter'],
    ['/api/v1/responses', 'openrouter-responses'],
    ['/v1beta/models/a:generateContent', 'gemini'],
    ['/v1betamax', 'openai'],
    ['/api/billing/v1/accounts', 'openai'],
    ['/', 'openai'],
    ['', 'openai'],
  ])('of %s is %s', (path, skin) => {
    expect(skinOf(path)).toBe(skin);
  });

  it('never has Codex retry an empty balance, and tells all others that it is about money', () => {
    for (const code of ['insufficient_balance', 'key_cap_exhausted'] as const) {
      expect(errorStatus(code, 'responses')).toBe(429);
      expect(errorStatus(code, 'openrouter-responses')).toBe(429);
      expect(publicErrorCode(code, 'responses')).toBe('insufficient_quota');
      expect(errorType(code, 'responses')).toBe('insufficient_quota');
      for (const skin of ['openai', 'openrouter', 'anthropic', 'gemini'] as const) {
        expect([skin, errorStatus(code, skin)]).toEqual([skin, 402]);
      }
      expect(errorType(code, 'anthropic')).toBe('billing_error');
    }
    expect(errorStatus('workspace_budget_exhausted', 'responses')).toBe(403);
  });

  it('has a word of Anthropic and one of Google for every error of the catalogue', () => {
    const anthropic = new Set(codes.map((code) => errorType(code, 'anthropic')));
    expect(anthropic).toEqual(
      new Set([
        'invalid_request_error',
        'authentication_error',
        'billing_error',
        'permission_error',
        'not_found_error',
        'timeout_error',
        'request_too_large',
        'rate_limit_error',
        'conflict_error',
        'api_error',
        'overloaded_error',
      ]),
    );
    expect(
      codes.filter((code) => errorType(code, 'anthropic') === 'api_error').map((code) => errorCatalogue[code].status),
    ).toEqual(expect.arrayContaining([500, 502]));
    expect(codes.map(googleStatus)).not.toContain('UNKNOWN');
  });

  it('says a full context in the words by which Anthropic’s clients know it', () => {
    const details = { param: 'messages', detail: '213000', limit: '200000' };
    expect(errorText('context_length_exceeded', details, 'anthropic')).toBe(
      'prompt is too long: 213000 tokens > 200000 maximum',
    );
    expect(errorText('context_length_exceeded', details, 'openai')).toContain('about 213000 tokens');
  });
});
