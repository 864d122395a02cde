import type { JsonRecord, ReasoningWish } from '../turn/turn-request.js';
import { claudeGeneration, type ClaudeGeneration } from './claude-generation.js';
import { BUDGET_TOKENS_MIN, budgetOfEffort, effortOfBudget } from './thinking-budget.js';

/** How much is to be thought, in the members of a Messages request. */
export interface WrittenThinking {
  readonly thinking: JsonRecord | null;
  /** Of `output_config`. */
  readonly effort: string | null;
}

const silent: WrittenThinking = { thinking: null, effort: null };

/**
 * Says the wish as the model's generation takes it. `isForced`: a tool must be called, which Anthropic refuses together with
 * thinking, so that the effort alone is said.
 */
export function writeThinking(
  wish: ReasoningWish | null,
  model: string,
  outputTokensMax: number,
  isForced: boolean,
): WrittenThinking {
  if (wish === null) return silent;
  const generation = claudeGeneration(model);
  if (isOff(wish)) return switchedOff(generation);
  const isAsked = asksToThink(wish);
  if (generation.thinking === 'budget') return isAsked && !isForced ? withBudget(wish, outputTokensMax) : silent;
  if (!isAsked && !generation.thinksUnasked) return silent;
  const effort = effortOf(wish, generation);
  if (isForced) return { ...silent, effort };
  return { thinking: { type: 'adaptive', display: wish.exclude ? 'omitted' : 'summarized' }, effort };
}

/** It asks for thinking, as hard or as long as it may be. */
export function asksToThink(wish: ReasoningWish | null): boolean {
  return wish !== null && !isOff(wish) && (wish.effort !== null || wish.maxTokens !== null);
}

function isOff({ effort, maxTokens }: ReasoningWish): boolean {
  return effort === 'none' || maxTokens === 0;
}

function switchedOff({ off }: ClaudeGeneration): WrittenThinking {
  if (off === 'omit') return silent;
  return off === 'least' ? { ...silent, effort: 'low' } : { ...silent, thinking: { type: off } };
}

/** Thinking counts toward `max_tokens`, so that a budget must leave room; without room for the least one there is none. */
function withBudget({ effort, maxTokens }: ReasoningWish, outputTokensMax: number): WrittenThinking {
  const wanted = maxTokens ?? budgetOfEffort(effort ?? '', outputTokensMax);
  if (wanted === null || outputTokensMax <= BUDGET_TOKENS_MIN) return silent;
  const budget = Math.max(BUDGET_TOKENS_MIN, Math.min(Math.floor(wanted), outputTokensMax - 1));
  return { thinking: { type: 'enabled', budget_tokens: budget }, effort: null };
}

function effortOf({ effort, maxTokens }: ReasoningWish, { takesExtraHigh }: ClaudeGeneration): string | null {
  const word = effort ?? (maxTokens === null ? null : effortOfBudget(maxTokens));
  if (word === 'minimal') return 'low';
  return word === 'xhigh' && !takesExtraHigh ? 'high' : word;
}
