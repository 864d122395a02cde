import type { EndpointState } from '@apilink/contracts';

import type { RoutedEndpoint, RoutedModel } from '../routing-table/routed-model.domain.js';
import { architectureOf, supportedParameters } from './model-card.domain.js';
import { answersTurns } from './model-modality.domain.js';
import { pricingOf } from './model-price.domain.js';

/** OpenRouter's `data` of `GET /v1/models/{author}/{slug}/endpoints`: who serves a model, at which price, in what health. */
export function modelEndpoints(model: RoutedModel, stateOf: (id: string) => EndpointState | null, at: number) {
  const { published } = model;
  const offered = model.endpoints.filter(({ enabled }) => enabled);
  return {
    id: published.modelId,
    name: published.name,
    created: Math.floor(published.created / 1000),
    description: published.description,
    architecture: architectureOf(model),
    endpoints: offered.map((endpoint) => endpointCard(model, endpoint, stateOf(endpoint.endpointId), at)),
  };
}

function endpointCard(model: RoutedModel, endpoint: RoutedEndpoint, state: EndpointState | null, at: number) {
  const { modelId, name } = model.published;
  const offer = model.published.endpoints.find(({ endpointId }) => endpointId === endpoint.endpointId);
  const provider = offer?.providerName ?? endpoint.provider;
  return {
    name: `${provider} | ${modelId}`,
    model_id: modelId,
    model_name: name,
    provider_name: provider,
    /** What `provider.order` and `only` of a request name. */
    tag: endpoint.provider,
    context_length: endpoint.contextLength,
    max_completion_tokens: endpoint.maxOutputTokens,
    max_prompt_tokens: null,
    pricing: pricingOf(endpoint.card, at),
    quantization: null,
    supported_parameters: answersTurns(model) ? supportedParameters(model.published.capabilities) : [],
    supports_implicit_caching: endpoint.capabilities.includes('prompt-cache'),
    supports_tool_choice: toolChoice(endpoint.capabilities.includes('tools')),
    supports_voice_cloning: false,
    status: statusByCircuit[state?.circuit ?? 'closed'],
    /** Percent; null without traffic. */
    uptime_last_5m: percent(state?.uptime5m),
    uptime_last_30m: percent(state?.uptime30m),
    uptime_last_1d: null,
    latency_last_30m: latency(state),
    throughput_last_30m: null,
    /** What it is spoken to in; requests in other dialects are translated. */
    dialects: endpoint.dialects,
  };
}

/** OpenRouter's scale: 0 = well, -1 = tried now and then, -2 = not tried. */
const statusByCircuit = { closed: 0, 'half-open': -1, open: -2 } as const;

function toolChoice(supported: boolean) {
  return { none: supported, auto: supported, required: supported, function: supported };
}

function percent(share: number | null | undefined): number | null {
  return share === null || share === undefined ? null : Math.round(share * 100_000) / 1000;
}

/** Milliseconds to the first token; where OpenRouter has a percentile that we do not measure, the next higher one. */
function latency(state: EndpointState | null) {
  const told = state?.firstTokenMs ?? null;
  return told === null ? null : { p50: told.p50, p75: told.p95, p90: told.p95, p99: told.p99 };
}
