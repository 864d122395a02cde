import { describe, expect, it } from '@jest/globals';

import { modelIdOf } from './model-name.js';

describe('modelIdOf', () => {
  it.each([
    [
      'anthropic/claude-sonnet-4.5',
      [
        'claude-sonnet-4-5',
        'claude-sonnet-4-5-20250929',
        'global.anthropic.claude-sonnet-4-5-20250929-v1:0',
        'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
        'anthropic.claude-sonnet-4-5-20250929-v1:0',
        'anthropic/claude-sonnet-4.5',
      ],
    ],
    ['anthropic/claude-opus-4.6', ['claude-opus-4-6', 'us.anthropic.claude-opus-4-6-v1']],
    ['anthropic/claude-3.5-haiku', ['claude-3-5-haiku', 'anthropic/claude-3.5-haiku']],
    ['anthropic/claude-opus-5', ['claude-opus-5', 'global.anthropic.claude-opus-5', 'claude-opus-5-0']],
    [
      'openai/gpt-oss-120b',
      ['gpt-oss-120b', 'openai/gpt-oss-120b', 'openai.gpt-oss-120b-1:0', 'accounts/fireworks/models/gpt-oss-120b'],
    ],
    ['moonshotai/kimi-k2.6', ['kimi-k2.6', 'moonshotai/Kimi-K2.6', 'accounts/fireworks/models/kimi-k2p6']],
    ['moonshotai/kimi-k2-thinking', ['moonshot.kimi-k2-thinking', 'moonshotai/Kimi-K2-Thinking']],
    [
      'meta-llama/llama-3.1-8b-instruct',
      [
        'meta.llama3-1-8b-instruct-v1:0',
        'llama-3.1-8b-instant',
        'llama3.1-8b',
        'accounts/fireworks/models/llama-v3p1-8b-instruct',
        'Llama-3.1-8B-Instruct',
        'meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo',
        'meta-llama/llama-3.1-8b-instruct-bf16',
      ],
    ],
    [
      'meta-llama/llama-3.3-70b-instruct',
      ['llama-3.3-70b-versatile', 'Meta-Llama-3_3-70B-Instruct', 'meta-llama/Llama-3.3-70B-Instruct-Turbo'],
    ],
    ['meta-llama/llama-4-scout', ['meta.llama4-scout-17b-instruct-v1:0', 'meta-llama/Llama-4-Scout-17B-16E-Instruct']],
    ['qwen/qwen3-32b', ['Qwen/Qwen3-32B', 'qwen.qwen3-32b-v1:0', 'qwen-3-32b', 'qwen/qwen3-32b']],
    ['qwen/qwen3.6-35b-a3b', ['Qwen/Qwen3.6-35B-A3B-FP8', 'Qwen/Qwen3.6-35B-A3B']],
    [
      'deepseek/deepseek-v3.2',
      ['deepseek-ai/DeepSeek-V3.2', 'deepseek.v3.2', 'accounts/fireworks/models/deepseek-v3p2'],
    ],
    ['z-ai/glm-5.2', ['glm-5.2', 'zai-org/GLM-5.2-FP8', 'zai-glm-5-2', 'glm-5-2', 'accounts/fireworks/models/glm-5p2']],
    [
      'nvidia/nemotron-3-super-120b-a12b',
      ['nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-NVFP4', 'nvidia.nemotron-super-3-120b'],
    ],
    ['google/gemma-4-26b-a4b-it', ['gemma-4-26b-a4b-it', 'google.gemma-4-26b-a4b', 'gemma-4-26b-a4b-it-maas']],
    [
      'minimax/minimax-m2.1',
      ['minimax.minimax-m2.1', 'MiniMaxAI/MiniMax-M2.1', 'accounts/fireworks/models/minimax-m2p1'],
    ],
    ['mistralai/mistral-large-2512', ['mistral-large-2512', 'mistral.mistral-large-3-675b-instruct']],
    ['x-ai/grok-4.6', ['grok-4.6', 'global.xai.grok-4.6']],
    ['openai/whisper-large-v3', ['whisper-large-v3']],
  ])('is %s, however a provider writes it', (id, names) => {
    expect(names.map((name) => [name, modelIdOf(name, null)])).toEqual(names.map((name) => [name, id]));
  });

  it.each([
    ['a snapshot', 'deepseek-ai/DeepSeek-V4-Pro', 'deepseek-ai/DeepSeek-V4-Pro-0813'],
    ['a dated version with a price of its own', 'gpt-4o', 'gpt-4o-2024-05-13'],
    ['a faster run', 'kimi-k3', 'accounts/fireworks/routers/kimi-k3-fast'],
    ['a size', 'gpt-oss-120b', 'gpt-oss-20b'],
    ['a minor version', 'claude-opus-5', 'claude-opus-5-5'],
    ['thinking', 'Qwen/Qwen3-VL-235B-A22B-Instruct', 'Qwen/Qwen3-VL-235B-A22B-Thinking'],
    ['an edition', 'zai-org/GLM-5.3', 'zai-org/GLM-5.3-Flash'],
  ])('keeps %s apart', (_, one, other) => {
    expect(modelIdOf(one, null)).not.toBe(modelIdOf(other, null));
  });

  it('takes the provider for the author where neither organisation nor name tells one', () => {
    expect(modelIdOf('sonar-pro', 'perplexity')).toBe('perplexity/sonar-pro');
    expect(modelIdOf('sonar-pro', null)).toBeNull();
  });
});
