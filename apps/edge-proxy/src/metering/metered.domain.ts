import type { UsageSource } from '@apilink/contracts';
import { emptyUsage, type UsageVector } from '@apilink/pricing';

/** What was used, as far as anybody knows. */
export interface Metered {
  readonly usage: UsageVector;
  readonly source: UsageSource;
  readonly serviceTier: string | null;
}

export const nothingMetered: Metered = { usage: emptyUsage, source: 'none', serviceTier: null };
