import type { Capability } from '@apilink/contracts';

import type { RoutedEndpoint, RoutedModel } from '../routing-table/routed-model.domain.js';
import { answersTurns, modalitiesOf } from './model-modality.domain.js';
import { pricingOf } from './model-price.domain.js';

/** One model as clients of OpenAI, OpenRouter and Anthropic read it; prices are decimal strings in USD per unit. */
export function modelCard(model: RoutedModel, at: number) {
  const { published } = model;
  const [author = ''] = published.modelId.split('/');
  return {
    id: published.modelId,
    object: 'model',
    created: Math.floor(published.created / 1000),
    owned_by: author,
    ...anthropicCard(model),
    canonical_slug: published.modelId,
    hugging_face_id: null,
    name: published.name,
    description: published.description,
    context_length: published.contextLength,
    architecture: architectureOf(model),
    pricing: pricingOf(cheapestOf(model)?.card ?? null, at),
    top_provider: {
      context_length: published.contextLength,
      max_completion_tokens: published.maxOutputTokens,
      is_moderated: false,
    },
    per_request_limits: null,
    supported_parameters: answersTurns(model) ? supportedParameters(published.capabilities) : [],
    default_parameters: null,
    supported_voices: null,
    knowledge_cutoff: null,
    expiration_date: null,
    links: { details: `/v1/models/${published.modelId}/endpoints` },
  };
}

/** Anthropic's fields of a model. Its `capabilities` tell of Anthropic's own tools and betas; nobody knows them here. */
function anthropicCard({ published }: RoutedModel) {
  return {
    type: 'model',
    display_name: published.name,
    created_at: new Date(published.created).toISOString(),
    max_input_tokens: published.contextLength,
    max_tokens: published.maxOutputTokens,
    capabilities: null,
    lifecycle: 'active',
    line: null,
    deprecated_at: null,
    retires_at: null,
  };
}

export function architectureOf(model: RoutedModel) {
  const { inputs, outputs } = modalitiesOf(model);
  return {
    modality: `${inputs.join('+')}->${outputs.join('+')}`,
    input_modalities: inputs,
    output_modalities: outputs,
    tokenizer: 'Other',
    instruct_type: null,
  };
}

export function isServed(model: RoutedModel): boolean {
  return !model.published.unpriced && model.endpoints.some(({ enabled }) => enabled);
}

/** The one that most requests go to. */
function cheapestOf({ endpoints }: RoutedModel): RoutedEndpoint | null {
  return endpoints.filter(({ enabled }) => enabled).toSorted((one, other) => one.price - other.price)[0] ?? null;
}

/** OpenRouter's names of the parameters that a turn may have. */
export function supportedParameters(capabilities: readonly Capability[]): string[] {
  const parameters = ['max_tokens', 'max_completion_tokens', 'temperature', 'top_p', 'stop', 'seed'];
  if (capabilities.includes('tools')) parameters.push('tools', 'tool_choice', 'parallel_tool_calls');
  if (capabilities.includes('structured-output')) parameters.push('response_format', 'structured_outputs');
  if (capabilities.includes('reasoning')) parameters.push('reasoning', 'reasoning_effort', 'include_reasoning');
  return parameters;
}
