import { errorCatalogue, type ErrorSkin } from '@apilink/contracts';
import { describe, expect, it } from '@jest/globals';

import { errorAnswer } from './error-answer.js';

describe('errorAnswer', () => {
  it('has the form that OpenAI clients read', () => {
    const answer = errorAnswer('invalid_parameter', {
      requestId: 'req_1',
      details: { param: 'n', detail: 'too many' },
    });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({
      error: {
        message: 'Invalid "n": too many.',
        type: 'invalid_request_error',
        param: 'n',
        code: 'invalid_parameter',
        metadata: { error_type: 'invalid_parameter', request_id: 'req_1' },
      },
    });
    expect(answer.headers).toMatchObject({ 'x-request-id': 'req_1', 'request-id': 'req_1', 'x-should-retry': 'false' });
  });

  it('tells Anthropic’s SDK by a code that threads are not kept, so that it sends the whole conversation', () => {
    const [thread, other] = ['thread', 'top_k'].map((param): unknown =>
      JSON.parse(errorAnswer('unsupported_parameter', { requestId: 'r', details: { param }, skin: 'anthropic' }).body),
    );
    expect(thread).toMatchObject({ error: { details: { error_code: 'thread_unsupported_request' } } });
    expect(other).not.toHaveProperty('error.details');
  });

  it('has the form that each vendor’s clients read', () => {
    const details = { available: '0', least: '1' };
    const told = (skin: ErrorSkin) => {
      const { status, headers, body } = errorAnswer('insufficient_balance', { requestId: 'req_1', details, skin });
      expect([headers['x-should-retry'], headers['retry-after']]).toEqual(['false', undefined]);
      return { status, ...JSON.parse(body) };
    };
    const message = 'The balance of 0 USD does not cover the least this request can cost, 1 USD.';
    const metadata = { error_type: 'insufficient_balance', request_id: 'req_1' };
    expect(told('anthropic')).toEqual({
      status: 402,
      type: 'error',
      error: { type: 'billing_error', message },
      request_id: 'req_1',
    });
    expect(told('openrouter')).toEqual({
      status: 402,
      error: { code: 402, message, type: 'insufficient_quota', param: null, metadata },
    });
    expect(told('responses')).toEqual({
      status: 429,
      error: { code: 'insufficient_quota', message, type: 'insufficient_quota', param: null, metadata },
    });
    expect(told('gemini')).toMatchObject({
      status: 402,
      error: { code: 402, message, status: 'RESOURCE_EXHAUSTED', details: [{ reason: 'INSUFFICIENT_BALANCE' }] },
    });
  });

  it.each([
    [0, 0, '1', '1'],
    [2_000, 0, '2', '2000'],
    [2_000, 0.999, '3', '2999'],
    [600_000, 0.5, '60', '60000'],
  ])('asked to wait %i ms with luck %f says %s s, %s ms', (retryAfterMs, luck, seconds, ms) => {
    const { headers } = errorAnswer('server_is_overloaded', { requestId: 'r', retryAfterMs, random: () => luck });
    expect([headers['retry-after'], headers['retry-after-ms']]).toEqual([seconds, ms]);
  });

  it('tells of every error either when to retry or not to', () => {
    for (const [code, { retryable }] of Object.entries(errorCatalogue)) {
      const known = Object.keys(errorCatalogue).find((name): name is keyof typeof errorCatalogue => name === code);
      const { headers } = errorAnswer(known ?? 'internal_error', { requestId: 'r' });
      expect([code, 'retry-after' in headers, headers['x-should-retry'] === 'false']).toEqual([
        code,
        retryable,
        !retryable,
      ]);
    }
  });
});
