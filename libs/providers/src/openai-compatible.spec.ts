import { describe, expect, it } from '@jest/globals';

import { passedResponseHeaders, retryAfterMs } from './openai-compatible.js';
import { upstreamQuirks, type UpstreamQuirks } from './upstream-quirks.js';

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

function quirksOf(provider: string, upstreamModel: string, baseUrl = 'https://elsewhere.example/v1'): UpstreamQuirks {
  return upstreamQuirks({ provider, upstreamModel, baseUrl });
}

describe('upstreamQuirks', () => {
  it('knows an upstream by its address too, whatever its provider is called here', () => {
    expect(quirksOf('my-grok', 'grok-4', 'https://api.x.ai/v1').reasoningExcluded).toBe(true);
    const gemini = 'https://generativelanguage.googleapis.com/v1beta/openai';
    expect(quirksOf('my-gemini', 'gemini-3-pro', gemini).reasoningUntold).toBe(true);
    expect(quirksOf('my-grok', 'grok-4', 'https://api.x.ai.example/v1').reasoningExcluded).toBe(false);
  });

  it('knows which providers leave reasoning out and which name the output limit their own way', () => {
    expect(quirksOf('xai', 'grok-4').reasoningExcluded).toBe(true);
    expect(quirksOf('google', 'gemini-3-pro').reasoningUntold).toBe(true);
    expect(quirksOf('openai', 'gpt-5.5').maxTokensKey).toBe('max_completion_tokens');
    expect(quirksOf('openai', 'gpt-4o').maxTokensKey).toBeNull();
    const { reasoningExcluded, reasoningUntold, oneSearchPerPrompt, maxTokensKey } = quirksOf('alpha', 'echo');
    expect({ reasoningExcluded, reasoningUntold, oneSearchPerPrompt, maxTokensKey }).toEqual({
      reasoningExcluded: false,
      reasoningUntold: false,
      oneSearchPerPrompt: false,
      maxTokensKey: null,
    });
  });

  it('sells the searches of one prompt once up to Gemini 2.5, and each one from Gemini 3 on', () => {
    expect(quirksOf('google', 'gemini-2.5-pro').oneSearchPerPrompt).toBe(true);
    expect(quirksOf('google', 'gemini-3-pro').oneSearchPerPrompt).toBe(false);
    expect(quirksOf('vertex', 'gemini-2.5-flash').oneSearchPerPrompt).toBe(true);
  });
});
