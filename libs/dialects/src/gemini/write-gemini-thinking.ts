import type { JsonRecord, ReasoningWish } from '../turn/turn-request.js';
import { geminiGeneration } from './gemini-generation.js';

/** Budgets that stand for words, as Google's own chat endpoint has them. */
const budgets: ReadonlyMap<string, number> = new Map([
  ['minimal', 1024],
  ['low', 1024],
  ['medium', 8192],
  ['high', 24_576],
  ['xhigh', 24_576],
  ['max', 24_576],
]);
/** The least that a model thinks which always does (Gemini 2.5 Pro). */
const LEAST_TOKENS = 128;

/** `generationConfig.thinkingConfig`; null leaves it to the model, whose thoughts are then not told. */
export function geminiThinking(wish: ReasoningWish | null, model: string): JsonRecord | null {
  if (wish === null) return null;
  const { effort, maxTokens } = wish;
  const isOff = effort === 'none' || maxTokens === 0;
  const shown = { includeThoughts: !wish.exclude && !isOff };
  const { thinking, alwaysThinks } = geminiGeneration(model);
  if (thinking === 'level') {
    const word = isOff ? 'none' : (effort ?? (maxTokens === null ? null : effortOfBudget(maxTokens)));
    return word === null ? shown : { ...shown, thinkingLevel: levelOf(word, model) };
  }
  if (isOff) return { ...shown, thinkingBudget: alwaysThinks ? LEAST_TOKENS : 0 };
  const budget = maxTokens ?? budgets.get(effort ?? '');
  return budget === undefined ? shown : { ...shown, thinkingBudget: budget };
}

/** The least that Gemini 3 Pro knows is `low`, that of the others `minimal`. */
function levelOf(effort: string, model: string): string {
  if (effort === 'none' || effort === 'minimal') return model.includes('pro') ? 'low' : 'minimal';
  return effort === 'xhigh' || effort === 'max' ? 'high' : effort;
}

/** The word that comes nearest to a budget. */
function effortOfBudget(tokens: number): string {
  if (tokens <= 4096) return 'low';
  return tokens <= 16_384 ? 'medium' : 'high';
}
