import type { FxRate } from '@apilink/money';

/** Currencies that customers pay in and that are no USD. */
export type FxCurrency = 'CNY';

/** What a currency is credited with for a while; the top-up that uses it keeps its id. */
export interface FxQuote {
  readonly quoteId: string;
  readonly currency: FxCurrency;
  /** What a customer pays for one USD, the spread included, × 10^8. */
  readonly rate: FxRate;
  /** The market's, × 10^8. */
  readonly marketRate: FxRate;
  readonly spreadBasisPoints: number;
  /** Where it came from: `operator`, or the name of a feed. */
  readonly source: string;
  /** Ms since the epoch, by the database's clock. */
  readonly validFrom: number;
  readonly validUntil: number;
}

/** Where quotes come from: an operator's word in this release; a feed writes the same rows. */
export interface FxSource {
  /** The quote that is in force now, or null when none is. */
  current(currency: FxCurrency): Promise<FxQuote | null>;
}
