import { readFileSync } from 'node:fs';

import { priceRowsProblem } from '@apilink/contracts';
import { describe, expect, it } from '@jest/globals';

import { builtInCatalog, catalogDataUrl, parseCatalogData } from './built-in-catalog.js';
import { demoModels } from './demo-models.js';
import { catalogText } from './catalog-data.js';
import { modelIdOf } from './model-name.js';
import { catalogProviders, servedProviders } from './provider.js';

const text = readFileSync(catalogDataUrl, 'utf8');
const data = parseCatalogData(text);
const offers = data.models.flatMap(({ id, offers: family }) => family.map((offer) => ({ id, ...offer })));

describe('the frozen catalog', () => {
  it('is what the importer writes, to the byte: nobody has edited a price by hand', () => {
    expect(catalogText(data)).toBe(text);
  });

  it('names its sources with version, licence, sha256 and day', () => {
    expect(data.sources).toMatchObject([
      { package: '@pydantic/genai-prices', license: 'MIT', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      { package: '@earendil-works/pi-ai', license: 'MIT', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });

  it('has 200 models and 15 providers that can be called at a known price', () => {
    const served = new Set(servedProviders.map(({ id }) => id));
    const callable = offers.filter(({ provider, prices }) => served.has(provider) && prices !== undefined);
    expect(new Set(callable.map(({ id }) => id)).size).toBeGreaterThanOrEqual(200);
    expect(new Set(callable.map(({ provider }) => provider)).size).toBeGreaterThanOrEqual(15);
  });

  it('has one model for what several providers sell: no two ids mean the same, and a provider sells each once', () => {
    const ids = data.models.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, offers: family } of data.models) {
      expect(new Set(family.map(({ provider }) => provider)).size).toBe(family.length);
      expect([id, modelIdOf(id, null)]).toEqual([id, modelIdOf(id, null) === null ? null : id]);
    }
    expect(data.models.filter(({ offers: family }) => family.length > 1).length).toBeGreaterThan(100);
  });

  it('prices every request of a priced offer, and no row twice', () => {
    const problems = offers.flatMap(({ id, provider, prices }) => {
      const problem = prices === undefined ? null : priceRowsProblem(prices);
      return problem === null ? [] : [`${id} at ${provider}: ${problem}`];
    });
    expect(problems).toEqual([]);
  });

  it('knows every provider of an offer, and offers nothing that this provider does not speak', () => {
    const spoken = new Map(catalogProviders.map((one) => [one.id, one.kind === 'served' ? one.dialects : []]));
    const wrong = offers.filter(({ provider, dialects }) =>
      dialects.some((dialect) => spoken.get(provider)?.includes(dialect) !== true),
    );
    expect(wrong).toEqual([]);
    expect(offers.filter(({ provider }) => !spoken.has(provider))).toEqual([]);
  });
});

describe('builtInCatalog', () => {
  it('has the demo provider’s models in front, which need no network', () => {
    const { models } = builtInCatalog();
    expect(models[0]?.id).toBe('demo/echo');
    expect(models).toHaveLength(data.models.length + demoModels.length);
    expect(models.find(({ id }) => id === 'demo/unpriced')?.offers[0]).not.toHaveProperty('prices');
  });

  it('refuses data of another form', () => {
    expect(() => parseCatalogData('{"format": 2, "sources": [], "models": []}')).toThrow('Invalid input: expected 1');
    expect(() => parseCatalogData(text.replace('"input":"', '"input":"-'))).toThrow('expected a decimal string');
  });
});
