import { formatUsd, type NanoUsd } from '@apilink/money';

import type { AnswerCost } from '../call/answer-closing.js';
import { membersOf } from '../json/json-members.js';

/** How a dialect calls the two sides of an answer in `cost_details`. */
export interface CostNames {
  readonly input: string;
  readonly output: string;
}

/** Chat's, and of every dialect whose clients do not look for names of their own. */
export const promptAndCompletions: CostNames = {
  input: 'upstream_inference_prompt_cost',
  output: 'upstream_inference_completions_cost',
};

/** Members of an upstream's usage object that are ours to say; an aggregator's own figures must not reach the client. */
export const ownUsageKeys: ReadonlySet<string> = new Set(['cost', 'cost_nano_usd', 'cost_details', 'is_byok']);
const comma = Buffer.from(',');

/** What a usage object says of money: `"cost":…,"cost_nano_usd":"…","cost_details":{…}`. */
export function costMembers(cost: AnswerCost, names: CostNames): string {
  const { totalNanoUsd, cachePremiumAbsorbedNanoUsd, promptNanoUsd, completionsNanoUsd } = cost;
  const details = [
    `"cache_premium_absorbed":${usdLiteral(cachePremiumAbsorbedNanoUsd)}`,
    `"upstream_inference_cost":${usdLiteral(promptNanoUsd + completionsNanoUsd)}`,
    `"${names.input}":${usdLiteral(promptNanoUsd)}`,
    `"${names.output}":${usdLiteral(completionsNanoUsd)}`,
  ].join(',');
  return `"cost":${usdLiteral(totalNanoUsd)},"cost_nano_usd":"${totalNanoUsd}","cost_details":{${details}}`;
}

/** An upstream's usage object, its own bytes kept, with `members` behind them; what it says of money itself is taken out. */
export function usageWith(upstream: Buffer, members: string): Buffer {
  const kept: Buffer[] = [];
  let end = 0;
  let hasOwn = false;
  for (const member of membersOf(upstream, 0)) {
    end = member.end;
    if (ownUsageKeys.has(member.key)) hasOwn = true;
    else kept.push(upstream.subarray(member.start, member.end), comma);
  }
  if (hasOwn || kept.length === 0) return Buffer.concat([Buffer.from('{'), ...kept, Buffer.from(`${members}}`)]);
  return Buffer.concat([upstream.subarray(0, end), comma, Buffer.from(members), upstream.subarray(end)]);
}

/** USD as a JSON number, written from the decimal so that no float comes between: 1234 nano-USD is `0.000001234`. */
function usdLiteral(amount: NanoUsd): string {
  return formatUsd(amount).replace(/\.?0+$/, '');
}
