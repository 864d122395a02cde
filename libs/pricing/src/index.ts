export { cachePolicies, currentCachePolicy, withCachePolicy, type CachePolicy } from './cache-policy.js';
export { costOf, costShares, type Cost, type CostLine, type CostShares, type PriceCircumstances } from './cost.js';
export {
  ADMISSION_SKEW_MS,
  STEP_TOKENS,
  affordableOutputTokens,
  holdAmount,
  leastAmount,
  type HoldQuestion,
  type KnownUnits,
} from './hold-size.js';
export { priceVersionOf } from './price-version.js';
export {
  RateCardInvariantError,
  isInUtcWindow,
  rateCardProblem,
  rateDimensions,
  rowOf,
  type PriceSide,
  type RateCard,
  type RateCardInvariant,
  type RateDimension,
  type RateRow,
  type Rates,
  type RowCircumstances,
  type UtcWindow,
} from './rate-card.js';
export { rateOf } from './rate-fallback.js';
export {
  UsageInvariantError,
  emptyUsage,
  usageProblem,
  withPartsFitted,
  type InputPart,
  type OutputPart,
  type UsageInvariant,
  type UsageVector,
} from './usage-vector.js';
