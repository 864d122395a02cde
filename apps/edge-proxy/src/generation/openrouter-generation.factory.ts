import type { Receipt } from '@apilink/contracts';

/**
 * A receipt as OpenRouter's SDK reads it: it refuses an answer without one of these fields, and has a sum where we tell what
 * was used. Not signed: a signature is over the receipt of `GET /v1/generation` as it stands.
 */
export function openRouterGeneration(receipt: Receipt) {
  const { usage, total_cost: cost, finish_reason: finish, workspace_id: workspace, service_tier: tier } = receipt;
  return {
    ...receipt,
    usage: cost,
    usage_vector: usage,
    origin: receipt.origin ?? '',
    api_type: null,
    cache_discount: null,
    cancelled: receipt.outcome === null ? null : receipt.outcome === 'client_disconnect',
    data_region: 'global',
    external_user: null,
    http_referer: receipt.origin,
    moderation_latency: null,
    native_finish_reason: finish,
    native_tokens_completion_images: usage?.imageOutput ?? null,
    num_fetches: null,
    num_input_audio_prompt: null,
    num_media_completion: null,
    num_media_prompt: null,
    num_search_results: usage?.webSearches ?? null,
    preset_id: null,
    provider_responses: null,
    response_cache_source_id: null,
    router: null,
    service_tier: tier,
    session_id: null,
    upstream_id: null,
    upstream_inference_cost: null,
    user_agent: null,
    web_search_engine: null,
    workspace_id: workspace,
  };
}
