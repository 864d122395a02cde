import {
  builtInDialects,
  type ConfigurationFile,
  type ConfiguredEndpoint,
  type ConfiguredModel,
  type ConfiguredProvider,
  type ModelPublished,
  type PublishedEndpoint,
} from '@apilink/contracts';

import { pricedDialects, rateCardOf, type PriceRow } from '../price/rate-card.domain.js';
import type { BuiltInModel } from './built-in-model.domain.js';
import type { BuiltInProvider } from './built-in-provider.domain.js';

/** A model as it is to be published; when it was first published is the publication's knowledge. */
export type CatalogModel = Omit<ModelPublished, 'created'>;

export interface CatalogSources {
  readonly providers: readonly BuiltInProvider[];
  readonly models: readonly BuiltInModel[];
  readonly file: ConfigurationFile;
  /** The value of a variable that activates a built-in provider; null when it is not set. */
  readonly activation: (variable: string) => string | null;
}

type Offer = Pick<ConfiguredEndpoint, 'upstreamModel' | 'dialects' | 'prefill' | 'enabled' | 'weight'>;

/**
 * The catalog in force: the built-in one, with the file's providers and models added or put in place of those with the
 * same id. A built-in model appears when its provider takes part; a model of the file always.
 */
export function buildCatalog(sources: CatalogSources): readonly CatalogModel[] {
  const providers = new Map<string, ConfiguredProvider>();
  for (const provider of sources.providers) providers.set(provider.id, builtInProvider(provider, sources.activation));
  for (const provider of sources.file.providers) providers.set(provider.id, provider);
  const ofFile = new Set(sources.file.providers.map(({ id }) => id));
  const active = (id: string): boolean =>
    ofFile.has(id) || sources.providers.some((it) => it.id === id && sources.activation(it.variable) !== null);

  const models = new Map<string, CatalogModel>();
  for (const model of sources.models) {
    const provider = providers.get(model.provider);
    if (provider && active(model.provider)) models.set(model.id, builtInModel(model, provider));
  }
  for (const model of sources.file.models) models.set(model.id, configuredModel(model, providers));
  return [...models.values()].toSorted((a, b) => (a.modelId < b.modelId ? -1 : 1));
}

/** Where a provider that is not active would be reached does not matter: no endpoint of it is published. */
const NOWHERE = 'http://demo-provider.invalid/v1';

function builtInProvider(provider: BuiltInProvider, activation: CatalogSources['activation']): ConfiguredProvider {
  const { id, name, baseUrl, variable, firstTokenMs, dataPolicy } = provider;
  return {
    id,
    name,
    baseUrl: baseUrl ?? activation(variable) ?? NOWHERE,
    dialects: [...builtInDialects],
    credentials: baseUrl === null ? [] : [{ id: 'environment', env: variable }],
    allowPrivateAddress: baseUrl === null,
    dataPolicy,
    timeouts: { connect: 3_000, firstToken: firstTokenMs, idle: 30_000, answer: 600_000 },
  };
}

function builtInModel(model: BuiltInModel, provider: ConfiguredProvider): CatalogModel {
  const facts = factsOf(model);
  if (model.rows.length === 0) return { ...facts, unpriced: true, endpoints: [] };
  const offer = { upstreamModel: model.upstreamModel, prefill: false, enabled: true, weight: 1 };
  return { ...facts, unpriced: false, endpoints: [publishedEndpoint(facts, provider, offer, model.rows)] };
}

function configuredModel(model: ConfiguredModel, providers: ReadonlyMap<string, ConfiguredProvider>): CatalogModel {
  const facts = factsOf(model);
  const endpoints = model.endpoints.map((offer) => {
    const provider = providers.get(offer.provider);
    if (!provider) throw new Error(`The schema let a model pass whose provider ${offer.provider} is unknown.`);
    const row = { price: offer.price ?? {}, ...(offer.cost ? { cost: offer.cost } : {}) };
    return publishedEndpoint(facts, provider, offer, [row]);
  });
  return { ...facts, unpriced: false, endpoints };
}

type ModelFacts = Omit<CatalogModel, 'unpriced' | 'endpoints'>;

function factsOf(
  model: Omit<BuiltInModel, 'name' | 'rows' | 'provider' | 'upstreamModel'> & { name?: string | undefined },
): ModelFacts {
  return {
    modelId: model.id,
    name: model.name ?? model.id,
    description: model.description,
    contextLength: model.contextLength,
    maxOutputTokens: model.maxOutputTokens,
    capabilities: [...model.capabilities],
  };
}

function publishedEndpoint(
  model: ModelFacts,
  provider: ConfiguredProvider,
  offer: Offer,
  rows: readonly PriceRow[],
): PublishedEndpoint {
  const endpointId = `${provider.id}/${model.modelId}`;
  const rateCard = rateCardOf(model.modelId, endpointId, rows);
  const { timeouts } = provider;
  return {
    endpointId,
    provider: provider.id,
    providerName: provider.name ?? provider.id,
    baseUrl: provider.baseUrl.replace(/\/+$/, ''),
    upstreamModel: offer.upstreamModel ?? model.modelId.slice(model.modelId.indexOf('/') + 1),
    dialects: [...pricedDialects(offer.dialects ?? provider.dialects, rateCard)],
    capabilities: model.capabilities,
    contextLength: model.contextLength,
    maxOutputTokens: model.maxOutputTokens,
    prefill: offer.prefill,
    credentials: provider.credentials.map(({ id, env, file }) => ({ id, env: env ?? null, file: file ?? null })),
    allowPrivateAddress: provider.allowPrivateAddress,
    dataPolicy: provider.dataPolicy,
    timeouts: {
      connectMs: timeouts.connect,
      firstTokenMs: timeouts.firstToken,
      idleMs: timeouts.idle,
      answerMs: timeouts.answer,
    },
    enabled: offer.enabled,
    weight: offer.weight,
    rateCard: { ...rateCard, rows: [...rateCard.rows] },
  };
}
