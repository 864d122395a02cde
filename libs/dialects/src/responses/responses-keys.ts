import { gatewayKeys } from '../request/gateway-keys.js';

/** Settings, not text that a model reads. A key that is not listed counts as prompt, so that nothing is left out. */
export const settingKeys: ReadonlySet<string> = new Set(
  [
    gatewayKeys,
    ['model', 'stream', 'stream_options', 'max_output_tokens', 'max_tool_calls', 'user', 'safety_identifier'],
    ['temperature', 'top_p', 'top_logprobs', 'presence_penalty', 'frequency_penalty', 'parallel_tool_calls'],
    ['tool_choice', 'reasoning', 'metadata', 'client_metadata', 'store', 'include', 'truncation', 'background'],
    ['service_tier', 'prompt_cache_key', 'prompt_cache_retention', 'prompt_cache_options', 'previous_response_id'],
  ].flat(),
);
