import { costViolations } from './told-cost.js';
import { isCount, isRecord, recordOf } from './told-events.js';

/** Fields that the open specification requires and of which null would break a client. */
const filled: Readonly<Record<string, 'number' | 'string' | 'boolean'>> = {
  created_at: 'number',
  truncation: 'string',
  temperature: 'number',
  top_p: 'number',
  presence_penalty: 'number',
  frequency_penalty: 'number',
  top_logprobs: 'number',
  store: 'boolean',
  background: 'boolean',
  service_tier: 'string',
  model: 'string',
};

/** Fields that have to be there and may be null. */
const present = [
  'error',
  'incomplete_details',
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'previous_response_id',
  'safety_identifier',
  'prompt_cache_key',
  'reasoning',
  'text',
  'tool_choice',
  'tools',
  'parallel_tool_calls',
  'metadata',
  'usage',
];

/** What is wrong with a Responses resource, whole or inside an event. */
export function responsesResourceViolations(resource: Readonly<Record<string, unknown>>): string[] {
  const violations: string[] = [];
  if (resource['object'] !== 'response') violations.push('object is not response');
  if (typeof resource['id'] !== 'string' || resource['id'] === '') violations.push('id is no text');
  for (const [key, type] of Object.entries(filled)) {
    if (typeof resource[key] !== type) violations.push(`${key} is no ${type}`);
  }
  for (const key of present) if (resource[key] === undefined) violations.push(`${key} is missing`);
  if (!Array.isArray(resource['output'])) violations.push('output is no list');
  const { status, usage } = resource;
  if (status === 'completed' && typeof resource['completed_at'] !== 'number')
    violations.push('completed_at is no number');
  if (status === 'completed' || status === 'incomplete') violations.push(...usageViolations(recordOf(usage)));
  if (status === 'failed' && !isRecord(resource['error'])) violations.push('a failed response without an error');
  return violations;
}

function usageViolations(usage: Readonly<Record<string, unknown>>): string[] {
  const violations: string[] = [];
  for (const key of ['input_tokens', 'output_tokens', 'total_tokens']) {
    if (!isCount(usage[key])) violations.push(`usage.${key} is no count`);
  }
  for (const [key, detail] of [
    ['input_tokens_details', 'cached_tokens'],
    ['output_tokens_details', 'reasoning_tokens'],
  ] as const) {
    if (!isCount(recordOf(usage[key])[detail])) violations.push(`usage.${key}.${detail} is no count`);
  }
  return [...violations, ...costViolations(usage, 'responses')];
}
