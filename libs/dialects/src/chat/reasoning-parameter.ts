import { effortOfBudget } from '../turn/reasoning-effort.js';
import type { ReasoningSplice } from './chat-request.js';
import type { ParameterReader } from './parameter-reader.js';
import { isRecord } from './records.js';

const EFFORT_CHARACTERS_MAX = 32;

/**
 * OpenRouter's `reasoning: {effort, max_tokens, exclude, enabled}` is no parameter of any other chat upstream: it is sent as
 * `reasoning_effort`. A client that wrote both has to say the same with both.
 */
export function readReasoningParameter(parameters: ParameterReader): ReasoningSplice | null {
  const member = parameters.member('reasoning');
  if (member === null) return null;
  const value = parameters.value('reasoning');
  if (value === undefined) return { member, effort: null, isHidden: false };
  const effort = isRecord(value) ? effortOf(value) : undefined;
  if (effort === undefined || !isRecord(value)) {
    parameters.refuse('reasoning', 'an object with an effort, or with max_tokens as a whole number');
    return null;
  }
  const isHidden = value['exclude'] === true;
  const named = parameters.text256('reasoning_effort');
  if (named === null) return { member, effort, isHidden };
  if (effort !== null && effort !== named) {
    parameters.refuse(
      'reasoning',
      `the same effort as reasoning_effort (${JSON.stringify(named)}), or only one of them`,
    );
  }
  return { member, effort: null, isHidden };
}

/** Null when it says nothing of the effort, undefined when it says it in a way that cannot be. */
function effortOf(value: Record<string, unknown>): string | null | undefined {
  const { effort = null, max_tokens: budget = null, enabled = null } = value;
  if (typeof effort === 'string') {
    return effort !== '' && effort.length <= EFFORT_CHARACTERS_MAX ? effort : undefined;
  }
  if (effort !== null) return undefined;
  if (typeof budget === 'number' && Number.isSafeInteger(budget) && budget >= 0) return effortOfBudget(budget);
  if (budget !== null) return undefined;
  if (enabled === null) return null;
  if (typeof enabled !== 'boolean') return undefined;
  return enabled ? 'medium' : 'none';
}
