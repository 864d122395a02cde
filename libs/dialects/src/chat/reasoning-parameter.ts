import type { ParameterReader } from '../request/parameter-reader.js';
import { isRecord } from '../json/records.js';

/**
 * Whether the client does not want to see the thinking: OpenRouter's `reasoning: {effort, max_tokens, exclude, enabled}`.
 * Refuses one that cannot be meant, and an effort that contradicts `reasoning_effort`. How it is said to an upstream hangs on
 * the provider (its adapter).
 */
export function readHiding(parameters: ParameterReader): boolean {
  if (parameters.member('reasoning') === null) return false;
  const value = parameters.value('reasoning');
  if (value === undefined) return false;
  if (!isRecord(value) || !isWish(value)) {
    parameters.refuse('reasoning', 'an object with an effort, or with max_tokens as a whole number');
    return false;
  }
  const named = parameters.text256('reasoning_effort');
  const { effort = null, exclude } = value;
  if (named !== null && effort !== null && effort !== named) {
    parameters.refuse(
      'reasoning',
      `the same effort as reasoning_effort (${JSON.stringify(named)}), or only one of them`,
    );
  }
  return exclude === true;
}

function isWish({ effort = null, max_tokens: budget = null, enabled = null }: Record<string, unknown>): boolean {
  const hasWord = effort === null || (typeof effort === 'string' && effort !== '');
  const hasBudget = budget === null || (typeof budget === 'number' && Number.isSafeInteger(budget) && budget >= 0);
  return hasWord && hasBudget && (enabled === null || typeof enabled === 'boolean');
}
