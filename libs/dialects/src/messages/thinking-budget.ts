/** Shares of the output limit that an effort may think with, as OpenRouter documents them for models that take a budget. */
const shareOfEffort: ReadonlyMap<string, number> = new Map([
  ['minimal', 0.1],
  ['low', 0.2],
  ['medium', 0.5],
  ['high', 0.8],
  ['xhigh', 0.95],
  ['max', 0.95],
]);

/** Anthropic takes no smaller budget. */
export const BUDGET_TOKENS_MIN = 1024;
const BUDGET_TOKENS_MAX = 128_000;

const LOW_BUDGET_TOKENS = 4096;
const MEDIUM_BUDGET_TOKENS = 16_384;

/** Tokens to think with, of an effort in words; null for words that nobody knows. */
export function budgetOfEffort(effort: string, outputTokensMax: number): number | null {
  const share = shareOfEffort.get(effort);
  return share === undefined ? null : Math.min(BUDGET_TOKENS_MAX, Math.floor(outputTokensMax * share));
}

/** The word that comes nearest to a budget, for models that take words alone. */
export function effortOfBudget(budgetTokens: number): string {
  if (budgetTokens <= LOW_BUDGET_TOKENS) return 'low';
  return budgetTokens <= MEDIUM_BUDGET_TOKENS ? 'medium' : 'high';
}
