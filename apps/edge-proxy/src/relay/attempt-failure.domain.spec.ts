import { describe, expect, it } from '@jest/globals';

import { failureOfError, failureOfStatus } from './attempt-failure.domain.js';

function refused(body: object | string, status = 400): unknown {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return failureOfStatus(status, Buffer.from(text), null);
}

const anthropic = (type: string, message: string): object => ({ type: 'error', error: { type, message } });

describe('what a provider’s error says of an attempt', () => {
  it.each([
    [anthropic('invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'), 210_000, 200_000],
    [
      anthropic('invalid_request_error', 'input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000'),
      188_240,
      200_000,
    ],
    [
      {
        error: {
          code: 400,
          status: 'INVALID_ARGUMENT',
          message: 'The input token count (1048580) exceeds the maximum number of tokens allowed (1048576).',
        },
      },
      1_048_580,
      1_048_576,
    ],
    [
      [
        {
          error: { code: 400, message: 'The input token count (9) exceeds the maximum number of tokens allowed (8).' },
        },
      ],
      9,
      8,
    ],
    [
      {
        error: {
          message:
            "This model's maximum context length is 4096 tokens. However, your messages resulted in 5000 tokens.",
          code: 'context_length_exceeded',
        },
      },
      5000,
      4096,
    ],
    [{ error: { message: 'Too much.', code: 'context_length_exceeded' } }, null, null],
    [{ message: 'Input is too long for requested model.' }, null, null],
  ])('knows a prompt that is too long by any provider’s words: %j', (body, tokens, limit) => {
    expect(refused(body)).toMatchObject({ class: 'request_refused', refusal: { context: { tokens, limit } } });
  });

  it('knows it inside an answer with status 200, too', () => {
    const message = 'prompt is too long: 9 tokens > 8 maximum';
    const failure = failureOfError({ type: 'invalid_request_error', code: null, message });
    expect(failure).toMatchObject({ class: 'request_refused', refusal: { context: { tokens: 9, limit: 8 } } });
  });

  it('tells other refusals in the provider’s words', () => {
    const body = anthropic('invalid_request_error', 'temperature: is deprecated for this model.');
    expect(refused(body)).toMatchObject({
      class: 'request_refused',
      refusal: { message: 'temperature: is deprecated for this model.', context: null },
    });
    expect(refused([{ error: { message: 'Unknown name', status: 'INVALID_ARGUMENT' } }])).toMatchObject({
      refusal: { message: 'Unknown name' },
    });
  });

  it.each([
    ['overloaded_error', 'server_error'],
    ['api_error', 'server_error'],
    ['rate_limit_error', 'rate_limited'],
    ['request_too_large', 'request_refused'],
    ['INVALID_ARGUMENT', 'request_refused'],
    ['RESOURCE_EXHAUSTED', 'rate_limited'],
  ])('knows what an error event of type %s is', (type, failureClass) => {
    expect(failureOfError({ type, code: null, message: 'x' }).class).toBe(failureClass);
  });
});
