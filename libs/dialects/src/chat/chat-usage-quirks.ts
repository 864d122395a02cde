import type { UsageReading, UsageTraits } from '../usage/usage-reading.js';

/** Traps of one endpoint's usage objects, as data. */
export type ChatUsageQuirks = Pick<UsageTraits, 'reasoningExcluded' | 'reasoningUntold'>;

/** `serviceTier` is told by the answer, not by its usage object. */
export type ChatUsageReading = Pick<UsageReading, 'usage' | 'problem'>;
