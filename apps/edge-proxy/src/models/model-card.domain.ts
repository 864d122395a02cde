import type { FemtoUsd } from '@apilink/money';
import { rateOf, rowOf, type RateDimension } from '@apilink/pricing';

import type { RoutedModel } from '../routing-table/routed-model.domain.js';

/** One model as OpenAI's and OpenRouter's clients read it; prices are decimal strings in USD per unit. */
export function modelCard(model: RoutedModel, at: number) {
  const { published } = model;
  const [author = ''] = published.modelId.split('/');
  const inputs = ['text', ...(published.capabilities.includes('images') ? ['image'] : [])];
  return {
    id: published.modelId,
    object: 'model',
    created: Math.floor(published.created / 1000),
    owned_by: author,
    canonical_slug: published.modelId,
    name: published.name,
    description: published.description,
    context_length: published.contextLength,
    architecture: {
      modality: `${inputs.join('+')}->text`,
      input_modalities: inputs,
      output_modalities: ['text'],
      tokenizer: 'Other',
      instruct_type: null,
    },
    pricing: pricing(model, at),
    top_provider: {
      context_length: published.contextLength,
      max_completion_tokens: published.maxOutputTokens,
      is_moderated: false,
    },
    per_request_limits: null,
    supported_parameters: supportedParameters(published.capabilities),
  };
}

/** Priced models that somebody serves, as `GET /v1/models` lists them. */
export function modelList(models: readonly RoutedModel[], at: number) {
  const data = models.filter(isServed).map((model) => modelCard(model, at));
  return { object: 'list', data, total_count: data.length, links: { next: null } };
}

export function isServed(model: RoutedModel): boolean {
  return !model.published.unpriced && model.endpoints.some(({ enabled }) => enabled);
}

/** Of the cheapest endpoint, the one that most requests go to. */
function pricing(model: RoutedModel, at: number) {
  const [cheapest] = model.endpoints.filter(({ enabled }) => enabled).toSorted((one, other) => one.price - other.price);
  const sell = cheapest === undefined ? {} : rowOf(cheapest.card, { inputTokens: 0, serviceTier: null, at }).sell;
  const price = (dimension: RateDimension): string => usdPerUnit(rateOf(sell, dimension) ?? 0n);
  return {
    prompt: price('input'),
    completion: price('output'),
    request: price('request'),
    image: price('image'),
    web_search: price('webSearch'),
    internal_reasoning: price('reasoning'),
    input_cache_read: price('cacheRead'),
    input_cache_write: price('cacheWrite5m'),
  };
}

/** Femto-USD as an exact decimal without trailing zeros: `0.0000005`. */
export function usdPerUnit(femto: FemtoUsd): string {
  const digits = femto.toString().padStart(16, '0');
  const fraction = digits.slice(-15).replace(/0+$/, '');
  const whole = digits.slice(0, -15);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

function supportedParameters(capabilities: readonly string[]): string[] {
  const parameters = ['max_tokens', 'max_completion_tokens', 'temperature', 'top_p', 'stop', 'seed', 'stream'];
  if (capabilities.includes('tools')) parameters.push('tools', 'tool_choice');
  if (capabilities.includes('structured-output')) parameters.push('response_format', 'structured_outputs');
  if (capabilities.includes('reasoning')) parameters.push('reasoning_effort', 'include_reasoning');
  return parameters;
}
