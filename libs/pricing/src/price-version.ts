import { createHash } from 'node:crypto';

import { rateDimensions, type RateCard, type RateRow, type Rates } from './rate-card.js';

/**
 * The id of a rate card: `pv_` and the first 32 hex characters of the SHA-256 of its canonical form. Two cards that
 * charge alike by construction have one id on every machine and for ever, so the form never changes; what a card may
 * say more in future is added to it only where it is said.
 *
 * Canonical form: JSON without spaces, keys in the order below, rates as decimal strings in the order of
 * `rateDimensions`, absent rates left out, instants as milliseconds, rows in their order (the last one that holds wins).
 * `cachePolicy` and a row's `absorbed` come last, and only where they are said.
 */
export function priceVersionOf(card: Omit<RateCard, 'priceVersion'>): string {
  return `pv_${createHash('sha256').update(canonicalForm(card)).digest('hex').slice(0, 32)}`;
}

function canonicalForm(card: Omit<RateCard, 'priceVersion'>): string {
  return JSON.stringify({
    currency: card.currency,
    endpointId: card.endpointId,
    modelId: card.modelId,
    rows: card.rows.map(canonicalRow),
    ...(card.cachePolicy === undefined ? {} : { cachePolicy: card.cachePolicy }),
  });
}

function canonicalRow(row: RateRow): object {
  return {
    cost: canonicalRates(row.cost),
    minInputTokens: row.minInputTokens,
    sell: canonicalRates(row.sell),
    serviceTier: row.serviceTier,
    startsAt: row.startsAt,
    utcWindow:
      row.utcWindow === null ? null : { fromMinute: row.utcWindow.fromMinute, toMinute: row.utcWindow.toMinute },
    ...(row.absorbed === undefined ? {} : { absorbed: canonicalRates(row.absorbed) }),
  };
}

function canonicalRates(rates: Rates): object {
  const canonical: Record<string, string> = {};
  for (const dimension of rateDimensions) {
    const rate = rates[dimension];
    if (rate !== undefined) canonical[dimension] = rate.toString();
  }
  return canonical;
}
