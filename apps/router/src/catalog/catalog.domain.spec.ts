import { builtInProviderIds, configurationFileSchema, modelPublishedSchema } from '@apilink/contracts';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { builtInModels } from './built-in-model.domain.js';
import { builtInProviders } from './built-in-provider.domain.js';
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
    providers: builtInProviders,
    models: builtInModels,
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

  it('publishes only what the schema of the topic takes, and never a secret', () => {
    const everything = Object.fromEntries(builtInProviders.map(({ variable }) => [variable, 'http://canary.test/v1']));
    const models = modelsOf({}, everything);
    expect(models).toHaveLength(builtInModels.length);
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

  it('knows exactly the providers that a file may name without defining them', () => {
    expect(builtInProviders.map(({ id }) => id)).toEqual([...builtInProviderIds]);
  });

  it('charges a long request by the tier of its length', () => {
    const gpt = modelsOf({}, { OPENAI_API_KEY: 'x' }).find(({ modelId }) => modelId === 'openai/gpt-5.5');
    expect(gpt?.endpoints[0]?.rateCard.rows.map(({ minInputTokens, sell }) => [minInputTokens, sell.input])).toEqual([
      [0, 5_000_000_000n],
      [272_000, 10_000_000_000n],
    ]);
  });
});
