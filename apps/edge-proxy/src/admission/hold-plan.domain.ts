import {
  affordableOutputTokens,
  holdAmount,
  leastAmount,
  STEP_TOKENS,
  type HoldQuestion,
  type RateCard,
} from '@apilink/pricing';

export interface HoldFacts {
  /** Of every endpoint that may answer. */
  readonly cards: readonly RateCard[];
  /** Our clock, ms since the epoch. */
  readonly at: number;
  /** The estimate with the model's learned factor. */
  readonly estimatedInputTokens: number;
  /** What the client asked for; null when it set no limit. */
  readonly askedMaxTokens: number | null;
  readonly modelMaxTokens: number;
  readonly choices: number;
}

/** What one admission asks of the gate, and how long an answer may get. */
export interface HoldPlan {
  readonly question: HoldQuestion;
  readonly amountNanoUsd: bigint;
  readonly leastNanoUsd: bigint;
  /** Output tokens of one choice, at most. */
  readonly maxTokens: number;
  readonly askedMaxTokens: number | null;
}

/** Sizes the hold: input, fees and one step of output, dearest candidate first (docs/money.md, Size of a hold). */
export function planHold(facts: HoldFacts): HoldPlan {
  const maxTokens = Math.min(facts.askedMaxTokens ?? facts.modelMaxTokens, facts.modelMaxTokens);
  const question: HoldQuestion = {
    cards: facts.cards,
    at: facts.at,
    estimatedInputTokens: facts.estimatedInputTokens,
    outputTokens: Math.min(maxTokens, STEP_TOKENS),
    choices: facts.choices,
  };
  return {
    question,
    amountNanoUsd: holdAmount(question),
    leastNanoUsd: leastAmount(question),
    maxTokens,
    askedMaxTokens: facts.askedMaxTokens,
  };
}

/** What the gate told about the money left after the hold. */
export interface MoneyLeft {
  readonly postedNanoUsd: bigint;
  readonly heldNanoUsd: bigint;
  /** Null without a cap. */
  readonly keyCapRemainingNanoUsd: bigint | null;
}

export interface GrantedOutput {
  /** Output tokens of one choice that the hold pays for. */
  readonly heldTokens: number;
  /** The most that a choice may get; equal to `heldTokens` when balance or cap afford no more. */
  readonly maxTokens: number;
  /** The limit to send upstream and to tell the client; null when the client's own stands. */
  readonly clampedTo: number | null;
}

/**
 * What a grant pays for. The output limit is cut to what balance and key cap afford: when the gate granted less than
 * asked, and when the client asked for more than its money can pay in the end.
 */
export function outputOfGrant(plan: HoldPlan, grantedNanoUsd: bigint, left: MoneyLeft): GrantedOutput {
  if (grantedNanoUsd < plan.amountNanoUsd) {
    const heldTokens = Math.min(plan.maxTokens, affordableOutputTokens(grantedNanoUsd, plan.question));
    return { heldTokens, maxTokens: heldTokens, clampedTo: heldTokens };
  }
  const heldTokens = plan.question.outputTokens;
  if (plan.askedMaxTokens === null) return { heldTokens, maxTokens: plan.maxTokens, clampedTo: null };
  const affordable = affordableOutputTokens(grantedNanoUsd + spendable(left), plan.question);
  const maxTokens = Math.max(heldTokens, Math.min(plan.maxTokens, affordable));
  return { heldTokens, maxTokens, clampedTo: maxTokens < plan.askedMaxTokens ? maxTokens : null };
}

/** What the hold could still grow by, as far as the gate told: balance and the key's caps. */
function spendable(left: MoneyLeft): bigint {
  const available = left.postedNanoUsd - left.heldNanoUsd;
  const cap = left.keyCapRemainingNanoUsd;
  const least = cap !== null && cap < available ? cap : available;
  return least > 0n ? least : 0n;
}
