import type { NanoUsd } from '@apilink/money';
import type { UsageVector } from '@apilink/pricing';

import type { UsageReading, UsageTraits } from '../usage/usage-reading.js';

/** What an answer cost the customer, as `usage.cost…` tells it. All amounts are sell prices, never our own cost. */
export interface ChatCost {
  readonly totalNanoUsd: NanoUsd;
  /** The premium of 5-minute cache writes that we took over. */
  readonly cachePremiumAbsorbedNanoUsd: NanoUsd;
  readonly promptNanoUsd: NanoUsd;
  readonly completionsNanoUsd: NanoUsd;
}

/** The end of an answer. `usage` is written when the upstream told none; else the upstream's own object is kept. */
export interface ChatClosing {
  readonly usage: UsageVector;
  readonly cost: ChatCost;
}

/** Traps of one endpoint's usage objects, as data. */
export type ChatUsageQuirks = Pick<UsageTraits, 'reasoningExcluded' | 'reasoningUntold'>;

/** `serviceTier` is told by the answer, not by its usage object. */
export type ChatUsageReading = Pick<UsageReading, 'usage' | 'problem'>;

/** An error object inside an answer with status 200. */
export interface ChatFailure {
  readonly message: string;
  readonly type: string | null;
  readonly code: string | null;
}
