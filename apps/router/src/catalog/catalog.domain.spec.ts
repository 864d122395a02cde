import { builtInCatalog, servedProviders } from '@apilink/catalog';
import { builtInProviderDialects, configurationFileSchema, modelPublishedSchema } from '@apilink/contracts';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { buildCatalog, type CatalogModel } from './catalog.domain.js';

const price = { input: '0.50', output: '1.50' };
const alpha = {
  id: 'alpha',
  baseUrl: 'http://127.0.0.1:9101/v1/',
  allowPrivateAddress: true,
  credentials: [{ id: 'main', env: 'ALPHA_API_KEY' }],
};
const echo = { id: 'acme/echo-1', contextLength: 1000, maxOutputTokens: 100 };

function modelsOf(file: object, variables: Record<string, string> = {}): readonly CatalogModel[] {
  return buildCatalog({
    catalog: builtInCatalog(),
    file: configurationFileSchema.parse(file),
    activation: (variable) => variables[variable] ?? null,
  });
}

describe('buildCatalog', () => {
  it('is empty when nobody has a key, and takes in a provider whose key is there', () => {
    expect(modelsOf({})).toEqual([]);
    const ids = modelsOf({}, { OPENAI_API_KEY: 'sk-x' }).map(({ modelId }) => modelId);
    expect(ids).toContain('openai/gpt-5.5');
    expect(ids.every((id) => id.startsWith('openai/'))).toBe(true);
  });

  it('gives one model the endpoints of every provider that takes part', () => {
    const variables = { GROQ_API_KEY: 'x', CEREBRAS_API_KEY: 'x', TOGETHER_API_KEY: 'x' };
    const model = modelsOf({}, variables).find(({ modelId }) => modelId === 'openai/gpt-oss-120b');
    expect(model?.endpoints.map(({ endpointId, upstreamModel }) => [endpointId, upstreamModel])).toEqual([
      ['cerebras/openai/gpt-oss-120b', 'gpt-oss-120b'],
      ['groq/openai/gpt-oss-120b', 'openai/gpt-oss-120b'],
      ['together/openai/gpt-oss-120b', 'openai/gpt-oss-120b'],
    ]);
  });

  it('takes a provider in whose address differs by installation when both its variables are set', () => {
    const key = { AZURE_OPENAI_API_KEY: 'x' };
    expect(modelsOf({}, key)).toEqual([]);
    const both = { ...key, AZURE_OPENAI_BASE_URL: 'https://acme.openai.azure.com/openai/v1/' };
    const gpt = modelsOf({}, both).find(({ modelId }) => modelId === 'openai/gpt-5.5');
    expect(gpt?.endpoints[0]).toMatchObject({
      endpointId: 'azure/openai/gpt-5.5',
      baseUrl: 'https://acme.openai.azure.com/openai/v1',
      allowPrivateAddress: false,
    });
  });

  it('publishes a model without a known price as unpriced, with nobody to send it to', () => {
    const models = modelsOf({}, { NVIDIA_API_KEY: 'x' });
    expect(models.length).toBeGreaterThan(0);
    expect(models.every(({ unpriced, endpoints }) => unpriced && endpoints.length === 0)).toBe(true);
  });

  it('offers a built-in model at most for what the file says its provider speaks', () => {
    const [model] = modelsOf({ providers: [{ ...alpha, id: 'fireworks', dialects: ['messages'] }] });
    expect(model?.endpoints[0]?.dialects).toEqual(['messages']);
  });

  it('sells five-minute cache writes of the policy’s authors at the input price, in the catalog and in the file', () => {
    const claude = modelsOf({}, { ANTHROPIC_API_KEY: 'x' }).find(
      ({ modelId }) => modelId === 'anthropic/claude-opus-5.5',
    );
    expect(claude?.endpoints[0]?.rateCard).toMatchObject({
      cachePolicy: 'cache-2026-11',
      rows: [
        { sell: { input: 4_000_000_000n, cacheWrite5m: 4_000_000_000n }, absorbed: { cacheWrite5m: 1_000_000_000n } },
      ],
    });
    const dear = { ...price, cacheWrite5m: '0.75' };
    const file = (id: string) => ({ models: [{ ...echo, id, endpoints: [{ provider: 'openai', price: dear }] }] });
    expect(modelsOf(file('qwen/own'))[0]?.endpoints[0]?.rateCard.cachePolicy).toBe('cache-2026-11');
    expect(modelsOf(file('acme/own'))[0]?.endpoints[0]?.rateCard).not.toHaveProperty('cachePolicy');
  });

  it('prices by rows with conditions where the file has them', () => {
    const prices = [{ price }, { price: { input: '1', output: '3' }, aboveInputTokens: 200_000 }];
    const file = { providers: [alpha], models: [{ ...echo, endpoints: [{ provider: 'alpha', prices }] }] };
    expect(modelsOf(file)[0]?.endpoints[0]?.rateCard.rows.map(({ minInputTokens }) => minInputTokens)).toEqual([
      0, 200_001,
    ]);
  });

  it('publishes only what the schema of the topic takes, and never a secret', () => {
    const names = servedProviders.flatMap(({ keyVariable, baseUrlVariable }) => [keyVariable, baseUrlVariable]);
    const everything = Object.fromEntries(names.map((name) => [name, 'http://canary.test/v1']));
    const models = modelsOf({}, everything);
    expect(models.length).toBeGreaterThan(200);
    for (const model of models) z.encode(modelPublishedSchema, { ...model, created: 0 });
    const secret = modelsOf({}, { OPENAI_API_KEY: 'canary' });
    const wire = secret.map((model) => z.encode(modelPublishedSchema, { ...model, created: 0 }));
    expect(JSON.stringify(wire)).not.toContain('canary');
  });

  it('reaches the demo provider where the environment says, without a key', () => {
    const demo = modelsOf({}, { DEMO_PROVIDER_URL: 'http://127.0.0.1:5005/v1' });
    expect(demo.find(({ modelId }) => modelId === 'demo/echo')?.endpoints[0]).toMatchObject({
      endpointId: 'demo/demo/echo',
      baseUrl: 'http://127.0.0.1:5005/v1',
      upstreamModel: 'demo-echo',
      credentials: [],
      allowPrivateAddress: true,
    });
    expect(demo.find(({ modelId }) => modelId === 'demo/unpriced')).toMatchObject({ unpriced: true, endpoints: [] });
  });

  it('adds what the file names, with the defaults of an endpoint', () => {
    const [model] = modelsOf({ providers: [alpha], models: [{ ...echo, endpoints: [{ provider: 'alpha', price }] }] });
    expect(model).toMatchObject({
      modelId: 'acme/echo-1',
      name: 'acme/echo-1',
      endpoints: [
        {
          endpointId: 'alpha/acme/echo-1',
          providerName: 'alpha',
          baseUrl: 'http://127.0.0.1:9101/v1',
          upstreamModel: 'echo-1',
          dialects: ['chat'],
          credentials: [{ id: 'main', env: 'ALPHA_API_KEY', file: null }],
          timeouts: { connectMs: 3000, firstTokenMs: 12_000, idleMs: 30_000, answerMs: 600_000 },
          weight: 1,
          enabled: true,
        },
      ],
    });
  });

  it('puts a model or a provider of the file in place of the built-in one with its id', () => {
    const variables = { OPENAI_API_KEY: 'sk-x' };
    const file = { models: [{ ...echo, id: 'openai/gpt-5.5', endpoints: [{ provider: 'openai', price }] }] };
    const gpt = modelsOf(file, variables).find(({ modelId }) => modelId === 'openai/gpt-5.5');
    expect(gpt?.endpoints[0]?.rateCard.rows).toHaveLength(1);
    const own = modelsOf({ providers: [{ ...alpha, id: 'openai' }] });
    expect(own.find(({ modelId }) => modelId === 'openai/gpt-4.1')?.endpoints[0]?.baseUrl).toBe(
      'http://127.0.0.1:9101/v1',
    );
  });

  it('offers every endpoint of a file that passed the schema for at least one dialect', () => {
    const file = {
      providers: [{ ...alpha, dialects: ['chat', 'embeddings'] }],
      models: [{ ...echo, endpoints: [{ provider: 'alpha', price: { input: '1' } }] }],
    };
    expect(modelsOf(file)[0]?.endpoints[0]?.dialects).toEqual(['embeddings']);
  });

  it('knows exactly the providers that a file may name without defining them, and what they speak', () => {
    const speaking = Object.fromEntries(servedProviders.map(({ id, dialects }) => [id, dialects]));
    expect(speaking).toEqual(builtInProviderDialects);
  });

  it('charges a long request by the tier of its length', () => {
    const gpt = modelsOf({}, { OPENAI_API_KEY: 'x' }).find(({ modelId }) => modelId === 'openai/gpt-5.5');
    expect(gpt?.endpoints[0]?.rateCard.rows.map(({ minInputTokens, sell }) => [minInputTokens, sell.input])).toEqual([
      [0, 5_000_000_000n],
      [272_000, 10_000_000_000n],
    ]);
  });
});
