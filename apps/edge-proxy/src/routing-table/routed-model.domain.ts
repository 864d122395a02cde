import type { CredentialReference, ModelPublished, PublishedEndpoint, Timeouts } from '@apilink/contracts';
import type { RateCard } from '@apilink/pricing';
import { askingPrice, blendedPrice, type CandidateEndpoint } from '@apilink/routing';

/** An endpoint as the edge uses it: what choosing, trying and charging need. */
export interface RoutedEndpoint extends CandidateEndpoint {
  readonly baseUrl: string;
  readonly upstreamModel: string;
  readonly maxOutputTokens: number;
  readonly credentials: readonly CredentialReference[];
  readonly allowPrivateAddress: boolean;
  readonly timeouts: Timeouts;
  readonly card: RateCard;
}

export interface RoutedModel {
  readonly published: ModelPublished;
  readonly endpoints: readonly RoutedEndpoint[];
}

/** Endpoints are ordered by their price at `at`, ms since the epoch: the instant at which the table was told. */
export function routedModel(published: ModelPublished, at: number): RoutedModel {
  return { published, endpoints: published.endpoints.map((endpoint) => routedEndpoint(endpoint, at)) };
}

function routedEndpoint(endpoint: PublishedEndpoint, at: number): RoutedEndpoint {
  return {
    endpointId: endpoint.endpointId,
    enabled: endpoint.enabled,
    weight: endpoint.weight,
    dialects: endpoint.dialects,
    capabilities: endpoint.capabilities,
    contextLength: endpoint.contextLength,
    price: blendedPrice(endpoint.rateCard, at),
    asking: askingPrice(endpoint.rateCard, at),
    dataPolicy: endpoint.dataPolicy,
    quantization: null,
    provider: endpoint.provider,
    baseUrl: endpoint.baseUrl,
    upstreamModel: endpoint.upstreamModel,
    maxOutputTokens: endpoint.maxOutputTokens,
    credentials: endpoint.credentials,
    allowPrivateAddress: endpoint.allowPrivateAddress,
    timeouts: endpoint.timeouts,
    card: endpoint.rateCard,
  };
}

/** The models of the table by their id, and by their name without the vendor's prefix. */
export class ModelIndex {
  readonly #byId = new Map<string, RoutedModel>();
  readonly #byName = new Map<string, string>();

  constructor(models: Iterable<RoutedModel>) {
    for (const model of [...models].toSorted((one, other) => (idOf(one) < idOf(other) ? -1 : 1))) {
      this.#byId.set(idOf(model), model);
      const name = idOf(model).slice(idOf(model).indexOf('/') + 1);
      // Two vendors with a model of one name: the first by id answers to the bare name, always the same one.
      if (!this.#byName.has(name)) this.#byName.set(name, idOf(model));
    }
  }

  find(name: string): RoutedModel | null {
    return this.#byId.get(name) ?? this.#byId.get(this.#byName.get(name) ?? '') ?? null;
  }

  /** In id order. */
  all(): readonly RoutedModel[] {
    return [...this.#byId.values()];
  }
}

function idOf(model: RoutedModel): string {
  return model.published.modelId;
}
