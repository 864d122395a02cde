import type { UsageVector } from '@apilink/pricing';

import type { AnswerClosing } from '../call/answer-closing.js';
import { membersOf } from '../json/json-members.js';
import { costMembers, ownUsageKeys, type CostNames } from '../usage/cost-members.js';

/** As OpenRouter's SDK reads them in Responses. */
const costNames: CostNames = { input: 'upstream_inference_input_cost', output: 'upstream_inference_output_cost' };

/** The members that every client reads; strict ones throw without the details. */
const requiredKeys = ['input_tokens', 'input_tokens_details', 'output_tokens', 'output_tokens_details', 'total_tokens'];

/**
 * The `usage` object for the client: the upstream's own members with the cost added and what is missing filled in, or one
 * made from the usage vector when the upstream told none that can be true.
 */
export function writeResponsesUsage(upstream: Buffer | null, { usage, cost }: AnswerClosing): string {
  const own = vectorMembers(usage);
  const kept: string[] = [];
  const told = new Set<string>();
  if (upstream !== null) {
    for (const { key, start, end, valueStart } of membersOf(upstream, 0)) {
      const isNull = upstream[valueStart] === 0x6e;
      if (ownUsageKeys.has(key) || (isNull && requiredKeys.includes(key))) continue;
      told.add(key);
      kept.push(upstream.toString('utf8', start, end));
    }
  }
  const missing = requiredKeys.filter((key) => !told.has(key)).map((key) => `"${key}":${JSON.stringify(own[key])}`);
  return `{${[...kept, ...missing, costMembers(cost, costNames)].join(',')}}`;
}

function vectorMembers(usage: UsageVector): Readonly<Record<string, unknown>> {
  return {
    input_tokens: usage.input,
    input_tokens_details: {
      cached_tokens: usage.cacheRead,
      cache_write_tokens: usage.cacheWrite5m + usage.cacheWrite1h,
    },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: usage.input + usage.output,
  };
}
