import { describe, expect, it } from '@jest/globals';

import { chatRequestHeaders, passedResponseHeaders, retryAfterMs } from './openai-compatible.js';
import { upstreamQuirks } from './upstream-quirks.js';

const now = Date.UTC(2026, 10, 22, 12, 0, 0);

describe('retryAfterMs', () => {
  it.each([
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '1.5' }, 1500],
    [{ 'retry-after-ms': '250', 'retry-after': '2' }, 250],
    [{ 'retry-after': 'Sun, 22 Nov 2026 12:00:07 GMT' }, 7000],
    [{ 'retry-after': 'Sun, 22 Nov 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': '999999999' }, 86_400_000],
  ])('reads %j', (headers, expected) => {
    expect(retryAfterMs(headers, now)).toBe(expected);
  });

  it.each([{}, { 'retry-after': '' }, { 'retry-after': '-3' }, { 'retry-after': 'soon' }, { 'retry-after': '1e9' }])(
    'reads nothing from %j',
    (headers) => {
      expect(retryAfterMs(headers, now)).toBeNull();
    },
  );
});

describe('headers', () => {
  it('sends the secret as a bearer, and none where none is needed', () => {
    expect(chatRequestHeaders({ secret: 'sk-1', stream: true })).toEqual(
      expect.arrayContaining(['authorization', 'Bearer sk-1', 'text/event-stream', 'identity']),
    );
    expect(chatRequestHeaders({ secret: '', stream: false })).not.toContain('authorization');
  });

  it('keeps from the client what names our account or another model', () => {
    const headers = {
      'openai-model': 'x',
      'openai-organization': 'us',
      'set-cookie': 'a',
      'openai-processing-ms': '12',
    };
    expect(passedResponseHeaders(headers)).toEqual({ 'openai-processing-ms': '12' });
  });
});

describe('upstreamQuirks', () => {
  it('knows which providers leave reasoning out and which name the output limit their own way', () => {
    expect(upstreamQuirks({ provider: 'xai', upstreamModel: 'grok-4' }).reasoningExcluded).toBe(true);
    expect(upstreamQuirks({ provider: 'google', upstreamModel: 'gemini-3-pro' }).reasoningUntold).toBe(true);
    expect(upstreamQuirks({ provider: 'openai', upstreamModel: 'gpt-5.5' }).maxTokensKey).toBe('max_completion_tokens');
    expect(upstreamQuirks({ provider: 'openai', upstreamModel: 'gpt-4o' }).maxTokensKey).toBeNull();
    expect(upstreamQuirks({ provider: 'alpha', upstreamModel: 'echo' })).toEqual({
      reasoningExcluded: false,
      reasoningUntold: false,
      maxTokensKey: null,
    });
  });
});
