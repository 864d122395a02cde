import { recordOf } from './told-events.js';

/** Details of the cost that strict clients throw without (edge-api, "Money in answers"). */
const details = {
  chat: ['cache_premium_absorbed', 'upstream_inference_prompt_cost', 'upstream_inference_completions_cost'],
  responses: ['cache_premium_absorbed', 'upstream_inference_input_cost', 'upstream_inference_output_cost'],
  messages: ['cache_premium_absorbed'],
} as const;

/** What is wrong with the money in a usage object. */
export function costViolations(usage: Readonly<Record<string, unknown>>, dialect: keyof typeof details): string[] {
  const violations: string[] = [];
  const { cost, cost_nano_usd: nano } = usage;
  if (typeof cost !== 'number') violations.push('usage.cost is no number');
  if (typeof nano !== 'string' || !/^\d+$/.test(nano)) violations.push('usage.cost_nano_usd is no decimal string');
  const told = recordOf(usage['cost_details']);
  for (const key of details[dialect]) {
    if (typeof told[key] !== 'number') violations.push(`usage.cost_details.${key} is no number`);
  }
  return violations;
}
