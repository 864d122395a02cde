import { describe, expect, it } from '@jest/globals';

import { writeChatErrorChunk } from './chat-stream-writer.js';

describe('a chat stream that broke, for OpenRouter’s clients', () => {
  it('ends with a whole chunk that carries the error, and does not look complete', () => {
    const error = { message: 'gone', type: 'server_error', code: 502, errorType: 'upstream_cut' };
    const event = writeChatErrorChunk(error, { id: 'gen_1', createdSeconds: 7, model: 'a/b' }).toString();
    expect(event).toMatch(/^data: \{.*\}\n\n$/);
    expect(JSON.parse(event.slice('data: '.length))).toEqual({
      id: 'gen_1',
      object: 'chat.completion.chunk',
      created: 7,
      model: 'a/b',
      error: {
        code: 502,
        message: 'gone',
        type: 'server_error',
        param: null,
        metadata: { error_type: 'upstream_cut' },
      },
      choices: [{ index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: 'error' }],
    });
  });
});
