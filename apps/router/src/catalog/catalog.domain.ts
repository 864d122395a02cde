import type { BuiltInCatalog, CatalogModel as BuiltInModel, CatalogOffer, ServedProvider } from '@apilink/catalog';
import {
  priceRowsOf,
  type ConfigurationFile,
  type ConfiguredModel,
  type ConfiguredPriceRow,
  type ConfiguredProvider,
  type Dialect,
  type ModelPublished,
  type PublishedEndpoint,
} from '@apilink/contracts';

import { pricedDialects, rateCardOf } from '../price/rate-card.domain.js';

/** A model as it is to be published; when it was first published is the publication's knowledge. */
export type CatalogModel = Omit<ModelPublished, 'created'>;

export interface CatalogSources {
  readonly catalog: Pick<BuiltInCatalog, 'providers' | 'models'>;
  readonly file: ConfigurationFile;
  /** The value of a variable that activates a built-in provider; null when it is not set. */
  readonly activation: (variable: string) => string | null;
}

type Providers = ReadonlyMap<string, ConfiguredProvider>;

/**
 * The catalog in force: the built-in one, with the file's providers and models added or put in place of those with the
 * same id. Of a built-in model the offers of providers that take part appear; a model of the file appears always.
 */
export function buildCatalog({ catalog, file, activation }: CatalogSources): readonly CatalogModel[] {
  const known = new Map<string, ConfiguredProvider>();
  const active = new Map<string, ConfiguredProvider>();
  for (const provider of catalog.providers) {
    const configured = builtInProvider(provider, activation);
    known.set(provider.id, configured);
    if (takesPart(provider, activation)) active.set(provider.id, configured);
  }
  for (const provider of file.providers) {
    known.set(provider.id, provider);
    active.set(provider.id, provider);
  }
  const models = new Map<string, CatalogModel>();
  for (const model of catalog.models) {
    const published = builtInModel(model, active);
    if (published !== null) models.set(model.id, published);
  }
  for (const model of file.models) models.set(model.id, configuredModel(model, known));
  return [...models.values()].toSorted((a, b) => (a.modelId < b.modelId ? -1 : 1));
}

function takesPart(
  { keyVariable, baseUrlVariable }: ServedProvider,
  activation: CatalogSources['activation'],
): boolean {
  return [keyVariable, baseUrlVariable].every((variable) => variable === null || activation(variable) !== null);
}

/** Where a provider that takes no part would be reached does not matter: no endpoint of it is published. */
const NOWHERE = 'http://provider.invalid/v1';

function builtInProvider(provider: ServedProvider, activation: CatalogSources['activation']): ConfiguredProvider {
  const { id, name, baseUrl, baseUrlVariable, dialects, keyVariable, firstTokenMs, dataPolicy } = provider;
  return {
    id,
    name,
    baseUrl: baseUrl ?? (baseUrlVariable === null ? null : activation(baseUrlVariable)) ?? NOWHERE,
    dialects: [...dialects],
    credentials: keyVariable === null ? [] : [{ id: 'environment', env: keyVariable }],
    // Only the demo provider needs no key, and it runs on this machine.
    allowPrivateAddress: keyVariable === null,
    dataPolicy,
    timeouts: { connect: 3_000, firstToken: firstTokenMs, idle: 30_000, answer: 600_000 },
  };
}

/** Null when nobody who takes part offers it; without endpoints when nobody of them says at what price. */
function builtInModel(model: BuiltInModel, active: Providers): CatalogModel | null {
  const offers = model.offers.flatMap((offer) => {
    const provider = active.get(offer.provider);
    const dialects = offer.dialects.filter((dialect) => provider?.dialects.includes(dialect));
    return provider === undefined || dialects.length === 0 ? [] : [{ provider, offer, dialects }];
  });
  if (offers.length === 0) return null;
  const endpoints = offers.flatMap(({ provider, offer, dialects }) =>
    builtInEndpoint(model.id, provider, { ...offer, dialects }),
  );
  const described = offers.map(({ offer }) => offer);
  return {
    modelId: model.id,
    name: model.name,
    description: model.description,
    contextLength: Math.max(...described.map(({ contextLength }) => contextLength)),
    maxOutputTokens: Math.max(...described.map(({ maxOutputTokens }) => maxOutputTokens)),
    capabilities: [...new Set(described.flatMap(({ capabilities }) => capabilities))],
    unpriced: endpoints.length === 0,
    endpoints,
  };
}

/** None without a price that charges one of its dialects. */
function builtInEndpoint(modelId: string, provider: ConfiguredProvider, offer: CatalogOffer): PublishedEndpoint[] {
  const { prices, ...facts } = offer;
  if (prices === undefined) return [];
  const endpoint = publishedEndpoint(modelId, provider, { ...facts, prefill: false, enabled: true, weight: 1, prices });
  return endpoint.dialects.length === 0 ? [] : [endpoint];
}

function configuredModel(model: ConfiguredModel, providers: Providers): CatalogModel {
  const { id, name = id, description, contextLength, maxOutputTokens, capabilities } = model;
  const facts = { contextLength, maxOutputTokens, capabilities };
  const endpoints = model.endpoints.map((endpoint) => {
    const provider = providers.get(endpoint.provider);
    if (!provider) throw new Error(`The schema let a model pass whose provider ${endpoint.provider} is unknown.`);
    const { prefill, enabled, weight, dialects = provider.dialects } = endpoint;
    const upstreamModel = endpoint.upstreamModel ?? id.slice(id.indexOf('/') + 1);
    const prices = priceRowsOf(endpoint);
    return publishedEndpoint(id, provider, { ...facts, upstreamModel, dialects, prefill, enabled, weight, prices });
  });
  return { modelId: id, name, description, ...facts, unpriced: false, endpoints };
}

interface Offer extends Pick<CatalogModel, 'contextLength' | 'maxOutputTokens' | 'capabilities'> {
  readonly upstreamModel: string;
  readonly dialects: readonly Dialect[];
  readonly prefill: boolean;
  readonly enabled: boolean;
  readonly weight: number;
  readonly prices: readonly ConfiguredPriceRow[];
}

function publishedEndpoint(modelId: string, provider: ConfiguredProvider, offer: Offer): PublishedEndpoint {
  const endpointId = `${provider.id}/${modelId}`;
  const rateCard = rateCardOf(modelId, endpointId, offer.prices);
  const { timeouts } = provider;
  return {
    endpointId,
    provider: provider.id,
    providerName: provider.name ?? provider.id,
    baseUrl: provider.baseUrl.replace(/\/+$/, ''),
    upstreamModel: offer.upstreamModel,
    dialects: [...pricedDialects(offer.dialects, rateCard)],
    capabilities: offer.capabilities,
    contextLength: offer.contextLength,
    maxOutputTokens: offer.maxOutputTokens,
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
