/** How an answer ends. `afterTokens` counts tokens of the first choice that were sent before. */
export type Ending =
  | { readonly kind: 'finish'; readonly reason: string | null }
  | { readonly kind: 'cut' | 'stall' | 'error-event'; readonly afterTokens: number; readonly once: boolean };

/** A failure instead of an answer. */
export type Failure =
  | { readonly kind: 'status'; readonly status: number; readonly once: boolean; readonly retryAfterMs: number | null }
  | {
      readonly kind: 'refusal';
      readonly code: 'invalid_value' | 'context_length_exceeded' | 'content_policy_violation';
    }
  | { readonly kind: 'silent' | 'reset' | 'html' | 'error-body' };

/** What a model's name asks for; the grammar is in README.md. */
export interface Scenario {
  /** Length of the whole answer; null = 40 to 119 tokens, by the prompt. */
  readonly tokens: number | null;
  /** Null = the provider's own pace. */
  readonly tokensPerSecond: number | null;
  readonly firstTokenMs: number;
  readonly failure: Failure | null;
  readonly ending: Ending;
  readonly usage: boolean;
  readonly done: boolean;
  /** An event that is no JSON, after so many tokens. */
  readonly malformedAfterTokens: number | null;
  readonly reasoningTokens: number;
  /** The reasoning is told to every client; otherwise as far as its dialect tells it to one who asks. */
  readonly reasoningShown: boolean;
  readonly cachedTokens: number;
  /** Tokens of the prompt that are told as written to the cache. */
  readonly cacheWriteTokens: number;
  /** What `usage.completion_tokens` says instead of the truth. */
  readonly reportedTokens: number | null;
  /** Bytes of each write, so that events are split anywhere; null = one event a write. */
  readonly writeBytes: number | null;
}

export const LONG_ANSWER_TOKENS = 6_000;
const TOKENS_MAX = 1_000_000;

const plain: Scenario = {
  tokens: null,
  tokensPerSecond: null,
  firstTokenMs: 0,
  failure: null,
  ending: { kind: 'finish', reason: 'stop' },
  usage: true,
  done: true,
  malformedAfterTokens: null,
  reasoningTokens: 0,
  reasoningShown: false,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reportedTokens: null,
  writeBytes: null,
};

type Change = (first: number, rest: string) => Partial<Scenario>;

const status = (code: number, rest: string): Failure => ({
  kind: 'status',
  status: code,
  once: rest.includes('-once'),
  retryAfterMs: /-retry-(\d+)/.test(rest) ? Number(/-retry-(\d+)/.exec(rest)?.[1]) : null,
});

const broken = (kind: 'cut' | 'stall' | 'error-event', afterTokens: number, rest: string): Ending => ({
  kind,
  afterTokens,
  once: rest !== '',
});

/** Words of the grammar, longest first where one begins with another. */
const words: readonly [RegExp, Change][] = [
  [/^echo/, () => ({})],
  [/^long/, () => ({ tokens: LONG_ANSWER_TOKENS })],
  [/^tokens-(\d+)/, (tokens) => ({ tokens })],
  [/^rate-(\d+)/, (tokensPerSecond) => ({ tokensPerSecond })],
  [/^slow-first-(\d+)/, (firstTokenMs) => ({ firstTokenMs })],
  [/^fail-(\d{3})((?:-once|-retry-\d+)*)/, (code, rest) => ({ failure: status(code, rest) })],
  [/^refuse-400/, () => ({ failure: { kind: 'refusal', code: 'invalid_value' } })],
  [/^refuse-context/, () => ({ failure: { kind: 'refusal', code: 'context_length_exceeded' } })],
  [/^refuse-policy/, () => ({ failure: { kind: 'refusal', code: 'content_policy_violation' } })],
  [/^silent/, () => ({ failure: { kind: 'silent' } })],
  [/^reset/, () => ({ failure: { kind: 'reset' } })],
  [/^html/, () => ({ failure: { kind: 'html' } })],
  [/^error-body/, () => ({ failure: { kind: 'error-body' } })],
  [/^error-event-(\d+)(-once)?/, (afterTokens, rest) => ({ ending: broken('error-event', afterTokens, rest) })],
  [/^cut-(\d+)(-once)?/, (afterTokens, rest) => ({ ending: broken('cut', afterTokens, rest) })],
  [/^stall-(\d+)(-once)?/, (afterTokens, rest) => ({ ending: broken('stall', afterTokens, rest) })],
  [/^malformed-(\d+)/, (malformedAfterTokens) => ({ malformedAfterTokens })],
  [/^empty/, () => ({ tokens: 0, ending: { kind: 'finish', reason: null } })],
  [/^filtered/, () => ({ ending: { kind: 'finish', reason: 'content_filter' } })],
  [/^no-usage/, () => ({ usage: false })],
  [/^no-done/, () => ({ done: false })],
  [/^reasoning-(\d+)/, (reasoningTokens) => ({ reasoningTokens })],
  [/^thinks-(\d+)/, (reasoningTokens) => ({ reasoningTokens, reasoningShown: true })],
  [/^cached-(\d+)/, (cachedTokens) => ({ cachedTokens })],
  [/^cache-write-(\d+)/, (cacheWriteTokens) => ({ cacheWriteTokens })],
  [/^report-(\d+)/, (reportedTokens) => ({ reportedTokens })],
  [/^write-(\d+)/, (writeBytes) => ({ writeBytes: Math.max(1, writeBytes) })],
  [/^tag-[a-z0-9]+/, () => ({})],
];

/** What `once` leaves of a scenario when its name has been asked before. */
export function afterItsFirstTime(scenario: Scenario): Scenario {
  const { failure, ending } = scenario;
  const whole: Ending = { kind: 'finish', reason: 'stop' };
  return {
    ...scenario,
    failure: failure?.kind === 'status' && failure.once ? null : failure,
    ending: ending.kind !== 'finish' && ending.once ? whole : ending,
  };
}

/** Reads `demo-…` or `demo/…`; null when a word is not of the grammar. */
export function parseScenario(model: string): Scenario | null {
  const [, name] = /^demo[-/](.{1,180})$/.exec(model) ?? [];
  let rest = name;
  let scenario = plain;
  while (rest !== undefined && rest !== '') {
    const found = firstWord(rest);
    if (found === null) return null;
    scenario = { ...scenario, ...found.change };
    rest = rest.slice(found.length);
    if (rest !== '' && !rest.startsWith('-')) return null;
    rest = rest.slice(1);
  }
  if (rest === undefined || (scenario.tokens ?? 0) > TOKENS_MAX || scenario.tokensPerSecond === 0) return null;
  return scenario;
}

function firstWord(text: string): { change: Partial<Scenario>; length: number } | null {
  for (const [pattern, change] of words) {
    const match = pattern.exec(text);
    if (match) return { change: change(Number(match[1] ?? 0), match[2] ?? ''), length: match[0].length };
  }
  return null;
}
