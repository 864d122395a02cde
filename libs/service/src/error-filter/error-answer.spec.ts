import { errorCatalogue } from '@apilink/contracts';
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
