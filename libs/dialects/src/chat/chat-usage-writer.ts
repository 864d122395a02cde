import { formatUsd, type NanoUsd } from '@apilink/money';
import type { UsageVector } from '@apilink/pricing';

import { membersOf } from '../json/json-members.js';
import type { AnswerClosing, AnswerCost } from '../call/answer-closing.js';

/** Members of an upstream's usage object that are ours to say; an aggregator's own figures must not reach the client. */
const ownKeys = new Set(['cost', 'cost_nano_usd', 'cost_details', 'is_byok']);
const comma = Buffer.from(',');

/**
 * The `usage` object for the client: the upstream's own bytes with the cost added, or one made from the usage vector when
 * the upstream told none that can be true.
 */
export function writeChatUsage(upstream: Buffer | null, closing: AnswerClosing): Buffer {
  const cost = costMembers(closing.cost);
  if (upstream === null) return Buffer.from(`{${vectorMembers(closing.usage)},${cost}}`);
  const kept: Buffer[] = [];
  let end = 0;
  let hasOwn = false;
  for (const member of membersOf(upstream, 0)) {
    end = member.end;
    if (ownKeys.has(member.key)) hasOwn = true;
    else kept.push(upstream.subarray(member.start, member.end), comma);
  }
  if (hasOwn || kept.length === 0) return Buffer.concat([Buffer.from('{'), ...kept, Buffer.from(`${cost}}`)]);
  return Buffer.concat([upstream.subarray(0, end), comma, Buffer.from(cost), upstream.subarray(end)]);
}

function vectorMembers(usage: UsageVector): string {
  const details = {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: {
      cached_tokens: usage.cacheRead,
      cache_write_tokens: usage.cacheWrite5m + usage.cacheWrite1h,
      audio_tokens: usage.audioInput,
    },
    completion_tokens_details: { reasoning_tokens: usage.reasoning, audio_tokens: usage.audioOutput },
  };
  return JSON.stringify(details).slice(1, -1);
}

function costMembers(cost: AnswerCost): string {
  const { totalNanoUsd, cachePremiumAbsorbedNanoUsd, promptNanoUsd, completionsNanoUsd } = cost;
  const details = [
    `"cache_premium_absorbed":${usdLiteral(cachePremiumAbsorbedNanoUsd)}`,
    `"upstream_inference_cost":${usdLiteral(promptNanoUsd + completionsNanoUsd)}`,
    `"upstream_inference_prompt_cost":${usdLiteral(promptNanoUsd)}`,
    `"upstream_inference_completions_cost":${usdLiteral(completionsNanoUsd)}`,
  ].join(',');
  return `"cost":${usdLiteral(totalNanoUsd)},"cost_nano_usd":"${totalNanoUsd}","cost_details":{${details}}`;
}

/** USD as a JSON number, written from the decimal so that no float comes between: 1234 nano-USD is `0.000001234`. */
function usdLiteral(amount: NanoUsd): string {
  return formatUsd(amount).replace(/\.?0+$/, '');
}
