import type { NanoUsd } from '@apilink/money';
import type { UsageVector } from '@apilink/pricing';

/** What an answer cost the customer, as `usage.cost…` tells it. All amounts are sell prices, never our own cost. */
export interface AnswerCost {
  readonly totalNanoUsd: NanoUsd;
  /** The premium of 5-minute cache writes that we took over. */
  readonly cachePremiumAbsorbedNanoUsd: NanoUsd;
  readonly promptNanoUsd: NanoUsd;
  readonly completionsNanoUsd: NanoUsd;
}

/** The end of an answer. `usage` is written when the upstream told none; else the upstream's own object is kept. */
export interface AnswerClosing {
  readonly usage: UsageVector;
  readonly cost: AnswerCost;
}

/** An error object inside an answer with status 200. */
export interface AnswerFailure {
  readonly message: string;
  readonly type: string | null;
  readonly code: string | null;
}
