import { describe, expect, it } from '@jest/globals';

import type { CatalogModel } from './catalog-data.js';
import { readGenaiPrices } from './genai-prices.js';
import { mergePackages } from './merge.js';
import { readPiAi } from './pi-ai.js';

interface PricedModel {
  readonly id: string;
  readonly prices: object;
  readonly [more: string]: unknown;
}

function merged(
  genai: Readonly<Record<string, readonly PricedModel[]>>,
  piAi: Readonly<Record<string, readonly object[]>>,
) {
  const providers = Object.entries(genai).map(([id, models]) => ({
    id,
    api_pattern: '',
    models: models.map((model) => ({ match: { equals: model.id }, ...model })),
  }));
  const bundle = `const E = ${JSON.stringify(providers)};`;
  const files = Object.entries(piAi).map(
    ([provider, models]) =>
      [provider, JSON.stringify({ api: Object.fromEntries(models.map((model, index) => [index, model])) })] as const,
  );
  return mergePackages({ genai: readGenaiPrices(bundle), piAi: readPiAi(new Map(files)) });
}

const cost = { input: 1, output: 4, cacheRead: 0, cacheWrite: 0 };
const sold = (id: string, more: object = {}) => ({
  id,
  name: id,
  type: 'chat',
  input: ['text'],
  cost,
  contextWindow: 1000,
  maxTokens: 100,
  ...more,
});
const priced = (id: string, more: object = {}): PricedModel => ({
  id,
  prices: { input_mtok: 1, output_mtok: 4, cache_read_mtok: 0.1 },
  ...more,
});

const offersOf = (models: readonly CatalogModel[], id: string) => models.find((model) => model.id === id)?.offers;

describe('mergePackages', () => {
  it('makes one model of what several providers sell, with an offer of each under its own name', () => {
    const models = merged(
      { groq: [priced('openai/gpt-oss-120b')] },
      {
        groq: [sold('openai/gpt-oss-120b')],
        cerebras: [sold('gpt-oss-120b')],
        fireworks: [sold('accounts/fireworks/models/gpt-oss-120b')],
      },
    );
    expect(models.map(({ id }) => id)).toEqual(['openai/gpt-oss-120b']);
    expect(models[0]?.offers.map(({ provider, upstreamModel }) => [provider, upstreamModel])).toEqual([
      ['cerebras', 'gpt-oss-120b'],
      ['fireworks', 'accounts/fireworks/models/gpt-oss-120b'],
      ['groq', 'openai/gpt-oss-120b'],
    ]);
  });

  it('prices by the one package and takes the other’s word for what is sold now', () => {
    const models = merged({ openai: [priced('gpt-5'), priced('gpt-3')] }, { openai: [sold('gpt-5')] });
    expect(models.map(({ id }) => id)).toEqual(['openai/gpt-5']);
    expect(offersOf(models, 'openai/gpt-5')?.[0]?.prices).toEqual([
      { price: { input: '1', output: '4', cacheRead: '0.1' } },
    ]);
  });

  it('does not let a loose match of names pass for a price: where it disagrees, the price of the name counts', () => {
    const loose = priced('gpt', { match: { starts_with: 'gpt-' }, prices: { input_mtok: 9, output_mtok: 9 } });
    const models = merged({ openai: [loose] }, { openai: [sold('gpt-6')] });
    expect(offersOf(models, 'openai/gpt-6')?.[0]?.prices).toEqual([{ price: { input: '1', output: '4' } }]);
  });

  it('keeps a model without a price, and without a price it is', () => {
    const models = merged(
      { acme: [] },
      { nvidia: [sold('nvidia/nemotron-9', { cost: { ...cost, input: 0, output: 0 } })] },
    );
    expect(offersOf(models, 'nvidia/nemotron-9')).toHaveLength(1);
    expect(offersOf(models, 'nvidia/nemotron-9')?.[0]).not.toHaveProperty('prices');
  });

  it('has no price for a chat of which only the input is priced', () => {
    const models = merged({ acme: [] }, { openai: [sold('gpt-6', { cost: { ...cost, output: 0 } })] });
    expect(offersOf(models, 'openai/gpt-6')?.[0]).not.toHaveProperty('prices');
  });

  it('fills what one provider leaves open with what the others say of the model', () => {
    const models = merged(
      { avian: [priced('moonshotai/kimi-k9')] },
      { moonshotai: [sold('kimi-k9', { input: ['text', 'image'] })] },
    );
    expect(
      offersOf(models, 'moonshotai/kimi-k9')?.map(({ provider, contextLength, capabilities }) => [
        provider,
        contextLength,
        capabilities,
      ]),
    ).toEqual([
      ['avian', 1000, ['tools', 'structured-output', 'images', 'prompt-cache']],
      ['moonshotai', 1000, ['tools', 'structured-output', 'images']],
    ]);
  });

  it('leaves out what nobody knows the context of, deprecated models, and names that move', () => {
    const models = merged(
      { avian: [priced('moonshotai/kimi-k9'), priced('z-ai/glm-1', { context_window: 10, deprecated: true })] },
      { openai: [sold('gpt-latest')] },
    );
    expect(models).toEqual([]);
  });

  it('sells by Hugging Face what a partner is pinned for: the cheapest', () => {
    const genai = {
      huggingface_alpha: [priced('Qwen/Qwen9', { prices: { input_mtok: 2, output_mtok: 4 } })],
      huggingface_beta: [priced('Qwen/Qwen9', { prices: { input_mtok: 1, output_mtok: 4 } })],
    };
    const models = merged(genai, { huggingface: [sold('Qwen/Qwen9'), sold('Qwen/Qwen10')] });
    expect(offersOf(models, 'qwen/qwen9')?.[0]).toMatchObject({
      upstreamModel: 'Qwen/Qwen9:beta',
      prices: [{ price: { input: '1' } }],
    });
    expect(offersOf(models, 'qwen/qwen10')).toBeUndefined();
  });

  it('prefers the alias and the wider region where a provider has several names of a model', () => {
    const models = merged(
      { acme: [] },
      {
        anthropic: [sold('claude-opus-7-1-20270101'), sold('claude-opus-7-1')],
        'amazon-bedrock': [sold('eu.anthropic.claude-opus-7-1'), sold('global.anthropic.claude-opus-7-1')],
      },
    );
    expect(offersOf(models, 'anthropic/claude-opus-7.1')?.map(({ upstreamModel }) => upstreamModel)).toEqual([
      'claude-opus-7-1',
      'global.anthropic.claude-opus-7-1',
    ]);
  });

  it('knows what a model without chat is for, and charges speech by the sound', () => {
    const models = merged(
      {
        openai: [
          priced('gpt-4o-mini-tts', { prices: { input_mtok: 0.6, output_mtok: 12 } }),
          priced('whisper-1', { prices: { input_audio_hours: 0.36 } }),
        ],
      },
      { openai: [] },
    );
    expect(models.map(({ offers: [offer] }) => [offer?.upstreamModel, offer?.dialects, offer?.prices])).toEqual([
      ['gpt-4o-mini-tts', ['speech'], [{ price: { input: '0.6', audioOutput: '12' } }]],
      ['whisper-1', ['transcriptions'], [{ price: { seconds: '0.0001' } }]],
    ]);
  });
});
