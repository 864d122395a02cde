import { formatFxRate, rateWithSpread, type FxRate } from '@apilink/money';
import type { Database, Sql } from '@apilink/postgres';
import { ApiError } from '@apilink/service';

import type { StaffActionRepository } from '../staff-action/staff-action.repository.js';
import type { FxCurrency, FxQuote, FxSource } from './fx-quote.domain.js';
import type { FxQuoteRepository } from './fx-quote.repository.js';

export interface FxOrder {
  readonly currency: FxCurrency;
  /** The market's: CNY for one USD × 10^8. */
  readonly marketRate: FxRate;
  readonly spreadBasisPoints: number;
  readonly validForMs: number;
  readonly actor: string;
}

/** What RMB is credited with: a rate that an operator set, for as long as it was set for. */
export class FxQuoteService implements FxSource {
  constructor(
    private readonly database: Database,
    private readonly quotes: FxQuoteRepository,
    private readonly staffActions: StaffActionRepository,
  ) {}

  /** The quote in force; rejects with ApiError `invalid_parameter` (`currency`) and what to do when there is none. */
  async quote(currency: FxCurrency, sql: Sql = this.database): Promise<FxQuote> {
    const newest = await this.quotes.newest(sql, currency);
    if (newest?.isValid === true) return newest.quote;
    const why =
      newest === null
        ? `there is no exchange rate for ${currency} yet`
        : `the exchange rate for ${currency} ended at ${new Date(newest.quote.validUntil).toISOString()}`;
    throw new ApiError('invalid_parameter', {
      param: 'currency',
      detail: `${why}; an operator sets one with \`apilink fx set\`, or pay in USD`,
    });
  }

  async current(currency: FxCurrency): Promise<FxQuote | null> {
    const newest = await this.quotes.newest(this.database, currency);
    return newest?.isValid === true ? newest.quote : null;
  }

  find(quoteId: string, sql: Sql = this.database): Promise<FxQuote | null> {
    return this.quotes.find(sql, quoteId);
  }

  list(limit: number): Promise<readonly FxQuote[]> {
    return this.quotes.list(this.database, limit);
  }

  /** An operator's rate, from now on. Orders that were quoted before keep theirs. */
  set(order: FxOrder): Promise<FxQuote> {
    const { actor, currency, marketRate, spreadBasisPoints, validForMs } = order;
    const rate = rateWithSpread(marketRate, BigInt(spreadBasisPoints));
    return this.database.transaction(async (sql) => {
      const quote = await this.quotes.insert(sql, { ...order, rate, source: 'operator' });
      await this.staffActions.record(sql, {
        actor,
        action: 'fx.set',
        subject: quote.quoteId,
        detail: {
          currency,
          rate: formatFxRate(rate),
          marketRate: formatFxRate(marketRate),
          spreadBasisPoints,
          validForMs,
        },
      });
      return quote;
    });
  }
}
