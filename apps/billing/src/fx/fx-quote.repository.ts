import { formatFxRate, parseFxRate, type FxRate } from '@apilink/money';
import type { Sql } from '@apilink/postgres';
import { v7 as uuidv7 } from 'uuid';

import type { FxCurrency, FxQuote } from './fx-quote.domain.js';

export interface NewFxQuote {
  readonly currency: FxCurrency;
  readonly rate: FxRate;
  readonly marketRate: FxRate;
  readonly spreadBasisPoints: number;
  readonly source: string;
  readonly actor: string;
  readonly validForMs: number;
}

/** Quotes are never changed: a newer one takes the place of the one before. */
export class FxQuoteRepository {
  async insert(sql: Sql, quote: NewFxQuote): Promise<FxQuote> {
    const [row] = await sql.query<QuoteRow>(
      `INSERT INTO fx_quotes (quote_id, base, quote, rate, market_rate, spread_basis_points, source, actor, valid_until)
       VALUES ($1, 'USD', $2, $3::numeric, $4::numeric, $5, $6, $7, now() + $8 * interval '1 millisecond')
       RETURNING ${QUOTE_COLUMNS}`,
      [
        uuidv7(),
        quote.currency,
        formatFxRate(quote.rate),
        formatFxRate(quote.marketRate),
        quote.spreadBasisPoints,
        quote.source,
        quote.actor,
        quote.validForMs,
      ],
    );
    if (row === undefined) throw new Error('the quote was not written');
    return quoteOf(row);
  }

  async find(sql: Sql, quoteId: string): Promise<FxQuote | null> {
    const [row] = await sql.query<QuoteRow>(`SELECT ${QUOTE_COLUMNS} FROM fx_quotes WHERE quote_id = $1`, [quoteId]);
    return row === undefined ? null : quoteOf(row);
  }

  /** The newest, valid or not; null when there was never one. `isValid` by the database's clock. */
  async newest(sql: Sql, currency: FxCurrency): Promise<{ quote: FxQuote; isValid: boolean } | null> {
    const [row] = await sql.query<QuoteRow & { is_valid: boolean }>(
      `SELECT ${QUOTE_COLUMNS}, valid_until > now() AS is_valid FROM fx_quotes
       WHERE base = 'USD' AND quote = $1 ORDER BY valid_from DESC, quote_id DESC LIMIT 1`,
      [currency],
    );
    return row === undefined ? null : { quote: quoteOf(row), isValid: row.is_valid };
  }

  /** Newest first. */
  async list(sql: Sql, limit: number): Promise<readonly FxQuote[]> {
    const rows = await sql.query<QuoteRow>(
      `SELECT ${QUOTE_COLUMNS} FROM fx_quotes ORDER BY valid_from DESC, quote_id DESC LIMIT $1`,
      [limit],
    );
    return rows.map(quoteOf);
  }
}

interface QuoteRow {
  readonly quote_id: string;
  readonly quote: FxCurrency;
  readonly rate: string;
  readonly market_rate: string;
  readonly spread_basis_points: number;
  readonly source: string;
  readonly valid_from: Date;
  readonly valid_until: Date;
}

const QUOTE_COLUMNS = 'quote_id, quote, rate, market_rate, spread_basis_points, source, valid_from, valid_until';

function quoteOf(row: QuoteRow): FxQuote {
  return {
    quoteId: row.quote_id,
    currency: row.quote,
    rate: rateOf(row.rate),
    marketRate: rateOf(row.market_rate),
    spreadBasisPoints: row.spread_basis_points,
    source: row.source,
    validFrom: row.valid_from.getTime(),
    validUntil: row.valid_until.getTime(),
  };
}

function rateOf(text: string): FxRate {
  const rate = parseFxRate(text);
  if (rate === null) throw new Error(`${text} is no rate`);
  return rate;
}
