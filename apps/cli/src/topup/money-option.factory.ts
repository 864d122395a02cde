import { InvalidArgumentError } from 'commander';

import { amountSentence, currencySentence, parseCurrency, parseMinorUnits, type Currency } from './money.domain.js';

/** Whole cents or fen of an amount that is written with at most two decimals. Throws commander's InvalidArgumentError. */
export function minorUnitsOption(text: string): bigint {
  const units = parseMinorUnits(text);
  if (units === null) throw new InvalidArgumentError(amountSentence);
  return units;
}

/** Throws commander's InvalidArgumentError. */
export function currencyOption(text: string): Currency {
  const currency = parseCurrency(text);
  if (currency === null) throw new InvalidArgumentError(currencySentence);
  return currency;
}
