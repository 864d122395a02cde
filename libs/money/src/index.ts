export {
  FEMTO_PER_NANO,
  ceilFemtoToNano,
  floorFemtoToNano,
  parseRate,
  rateOfOneUnit,
  type FemtoUsd,
} from './femto-usd.js';
export {
  creditOfCents,
  creditOfFen,
  formatFxRate,
  parseFxRate,
  rateWithSpread,
  shareOfPayment,
  type Cents,
  type Fen,
  type FxRate,
} from './fen.js';
export { MoneyInvariantError, type MoneyInvariant } from './money-invariant.js';
export { NANO_USD_CEILING, formatUsd, parseUsd, sumNanoUsd, usdNumber, type NanoUsd } from './nano-usd.js';
