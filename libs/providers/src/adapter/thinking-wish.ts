import type { ThinkingSwitch } from '../upstream-quirks.js';

/** What a client of chat wants of the model's thinking. Null = it said nothing of that. */
export interface ThinkingWish {
  readonly isOff: boolean;
  readonly effort: string | null;
  readonly budgetTokens: number | null;
}

/** Where a provider knows only words or only tokens: the one that stands for the other. More than the last is `high`. */
const budgets: readonly (readonly [effort: string, tokens: number])[] = [
  ['minimal', 1024],
  ['low', 4096],
  ['medium', 16_384],
];

/** `reasoning` of OpenRouter, `reasoning_effort` of OpenAI; null when neither says anything that has to be carried over. */
export function thinkingWish(reasoning: unknown, effort: unknown): ThinkingWish | null {
  if (typeof reasoning === 'object' && reasoning !== null) {
    const wish = wishOf(new Map<string, unknown>(Object.entries(reasoning)));
    if (wish !== null) return wish;
  }
  return typeof effort === 'string' ? { isOff: effort === 'none', effort, budgetTokens: null } : null;
}

function wishOf(reasoning: ReadonlyMap<string, unknown>): ThinkingWish | null {
  const effort = reasoning.get('effort');
  const tokens = reasoning.get('max_tokens');
  const enabled = reasoning.get('enabled');
  const isOff = effort === 'none' || enabled === false;
  const budgetTokens = typeof tokens === 'number' && Number.isInteger(tokens) && tokens > 0 ? tokens : null;
  if (typeof effort === 'string') return { isOff, effort, budgetTokens };
  if (budgetTokens !== null || isOff) return { isOff, effort: null, budgetTokens };
  // OpenRouter: enabled without more is the middle.
  return enabled === true ? { isOff, effort: 'medium', budgetTokens } : null;
}

/** The members that say it to the provider, as JSON by their keys. */
export function thinkingMembers(wish: ThinkingWish, how: ThinkingSwitch): Readonly<Record<string, string>> {
  switch (how) {
    case 'reasoning':
      return {};
    case 'effort':
      return effortMember(wish, 'none');
    case 'effort_or_off':
      return wish.isOff ? { thinking: '{"type":"disabled"}' } : effortMember(wish, null);
    case 'enabled':
      return wish.isOff ? { reasoning: '{"enabled":false}' } : effortMember(wish, null);
    case 'thinking':
      return { thinking: JSON.stringify({ type: wish.isOff ? 'disabled' : 'enabled' }) };
    case 'enable_thinking':
      break;
  }
  return enabledMembers(wish);
}

function effortMember(wish: ThinkingWish, off: string | null): Readonly<Record<string, string>> {
  const effort = wish.isOff ? off : (wish.effort ?? effortOf(wish.budgetTokens));
  return effort === null ? {} : { reasoning_effort: JSON.stringify(effort) };
}

function enabledMembers({ isOff, effort, budgetTokens }: ThinkingWish): Readonly<Record<string, string>> {
  if (isOff) return { enable_thinking: 'false' };
  const tokens = budgetTokens ?? budgets.find(([word]) => word === effort)?.[1];
  // Without a budget it thinks as long as the model may.
  return { enable_thinking: 'true', ...(tokens === undefined ? {} : { thinking_budget: String(tokens) }) };
}

function effortOf(budgetTokens: number | null): string | null {
  if (budgetTokens === null) return null;
  return budgets.find(([, tokens]) => budgetTokens <= tokens)?.[0] ?? 'high';
}
