import { emptyUsage } from '@apilink/pricing';
import { describe, expect, it } from '@jest/globals';

import { chatUsage } from './chat-usage.js';

const plain = { reasoningExcluded: false, reasoningUntold: false };
const told = { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 };

describe('chatUsage', () => {
  it.each([
    ['plain', told, { input: 100, output: 50 }],
    [
      'OpenAI, whose prompt includes cached and cache-write tokens and whose completion includes reasoning',
      {
        ...told,
        prompt_tokens_details: { cached_tokens: 40, cache_write_tokens: 20, audio_tokens: 3 },
        completion_tokens_details: { reasoning_tokens: 30, audio_tokens: 2, accepted_prediction_tokens: 0 },
      },
      { input: 100, cacheRead: 40, cacheWrite5m: 20, audioInput: 3, output: 50, reasoning: 30, audioOutput: 2 },
    ],
    [
      'DeepSeek',
      { ...told, prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36 },
      { input: 100, cacheRead: 64, output: 50 },
    ],
    ['Moonshot', { ...told, cached_tokens: 7 }, { input: 100, cacheRead: 7, output: 50 }],
    [
      'a front of Anthropic',
      { ...told, cache_read_input_tokens: 10, cache_creation_input_tokens: 5 },
      { input: 100, cacheRead: 10, cacheWrite5m: 5, output: 50 },
    ],
    [
      'xAI, whose total shows that reasoning stands beside the completion',
      { ...told, total_tokens: 180, completion_tokens_details: { reasoning_tokens: 30 } },
      { input: 100, output: 80, reasoning: 30 },
    ],
    [
      'more reasoning than completion, which can only stand beside it',
      { prompt_tokens: 100, completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 30 } },
      { input: 100, output: 35, reasoning: 30 },
    ],
    [
      'details of null',
      { ...told, prompt_tokens_details: null, completion_tokens_details: null },
      { input: 100, output: 50 },
    ],
    [
      'web searches',
      { ...told, server_tool_use: { web_search_requests: 2 } },
      { input: 100, output: 50, webSearches: 2 },
    ],
    [
      'more cached tokens than input',
      { ...told, prompt_tokens_details: { cached_tokens: 400 } },
      { input: 100, cacheRead: 100, output: 50 },
    ],
    ['1.0, which is a whole number', { prompt_tokens: 1.0, completion_tokens: 0 }, { input: 1, output: 0 }],
  ])('reads %s', (_name, usage, expected) => {
    expect(chatUsage(usage, plain)).toEqual({ usage: { ...emptyUsage, requests: 1, ...expected }, problem: null });
  });

  it('obeys the quirk where no total tells whether reasoning is included', () => {
    const usage = { prompt_tokens: 100, completion_tokens: 50, completion_tokens_details: { reasoning_tokens: 30 } };
    expect(chatUsage(usage, { reasoningExcluded: true, reasoningUntold: false }).usage?.output).toBe(80);
    expect(chatUsage(usage, plain).usage?.output).toBe(50);
    expect(
      chatUsage({ ...usage, total_tokens: 150 }, { reasoningExcluded: true, reasoningUntold: false }).usage?.output,
    ).toBe(50);
  });

  it.each([
    ['NaN', Number.NaN],
    ['a negative number', -1],
    ['a fraction', 0.5],
    ['2^60', 2 ** 60],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a text', '12'],
    ['an object', {}],
  ])('refuses %s wherever it stands, and says where', (_name, count) => {
    expect(chatUsage({ ...told, prompt_tokens: count }, plain)).toEqual({
      usage: null,
      problem: expect.stringContaining('usage.prompt_tokens is'),
    });
    for (const key of ['cached_tokens', 'cache_write_tokens', 'audio_tokens']) {
      expect(chatUsage({ ...told, prompt_tokens_details: { [key]: count } }, plain).usage).toBeNull();
    }
    expect(chatUsage({ ...told, completion_tokens_details: { reasoning_tokens: count } }, plain).usage).toBeNull();
    expect(chatUsage({ ...told, prompt_cache_hit_tokens: count }, plain).usage).toBeNull();
  });

  it.each([
    [{}, 'usage.prompt_tokens is missing'],
    [{ prompt_tokens: 1 }, 'usage.completion_tokens is missing'],
    [null, 'usage is not an object'],
    [[], 'usage is not an object'],
    ['7', 'usage is not an object'],
  ])('has no usage from %j', (value, problem) => {
    expect(chatUsage(value, plain)).toEqual({ usage: null, problem });
  });
});
