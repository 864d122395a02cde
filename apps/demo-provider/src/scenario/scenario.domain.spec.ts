import { describe, expect, it } from '@jest/globals';

import { LONG_ANSWER_TOKENS, parseScenario } from './scenario.domain.js';

describe('parseScenario', () => {
  it.each([
    ['demo/echo', {}],
    ['demo-long', { tokens: LONG_ANSWER_TOKENS }],
    ['demo-tokens-50-rate-1000', { tokens: 50, tokensPerSecond: 1000 }],
    ['demo-fail-429', { failure: { kind: 'status', status: 429, once: false, retryAfterMs: null } }],
    ['demo-fail-503-once', { failure: { kind: 'status', status: 503, once: true, retryAfterMs: null } }],
    [
      'demo-fail-429-once-retry-2000-tag-a1',
      { failure: { kind: 'status', status: 429, once: true, retryAfterMs: 2000 } },
    ],
    ['demo-cut-20', { ending: { kind: 'cut', afterTokens: 20, once: false } }],
    ['demo-cut-20-once-tag-a', { ending: { kind: 'cut', afterTokens: 20, once: true } }],
    ['demo-stall-20-tokens-60', { ending: { kind: 'stall', afterTokens: 20, once: false }, tokens: 60 }],
    ['demo-error-event-20', { ending: { kind: 'error-event', afterTokens: 20, once: false } }],
    ['demo-silent', { failure: { kind: 'silent' } }],
    ['demo-html', { failure: { kind: 'html' } }],
    ['demo-empty', { tokens: 0, ending: { kind: 'finish', reason: null } }],
    ['demo-no-usage-no-done', { usage: false, done: false }],
    ['demo-slow-first-3000', { firstTokenMs: 3000 }],
    ['demo-refuse-400', { failure: { kind: 'refusal', code: 'invalid_value' } }],
    ['demo-echo-reasoning-7-cached-3-report-999-write-1', { reasoningTokens: 7, cachedTokens: 3, writeBytes: 1 }],
  ])('reads %s', (model, expected) => {
    expect(parseScenario(model)).toMatchObject(expected);
  });

  it.each(['gpt-5', 'demo', 'demo-', 'demo-ech', 'demo-echoes', 'demo-tokens', 'demo-rate-0', 'demo-tokens-1000001'])(
    'does not know %s',
    (model) => {
      expect(parseScenario(model)).toBeNull();
    },
  );
});
