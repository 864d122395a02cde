export { classOfStatus, type AttemptClass, type FailureClass } from './attempt-class.js';
export { askingPrice, blendedPrice } from './blended-price.js';
export type { AskingPrice, CandidateEndpoint, DataPolicy } from './candidate-endpoint.js';
export { chooseEndpoints, type Choice, type ChoiceQuestion, type Exclusion, type ExclusionCode } from './choosing.js';
export {
  HEALTH_WINDOW_MS,
  circuitAt,
  failureShare,
  healthTuning,
  healthyState,
  mergeCounts,
  recordAttempt,
  recordCounts,
  startProbe,
  stricter,
  type AttemptCounts,
  type Circuit,
  type HealthBucket,
  type HealthState,
  type HealthTuning,
  type Opening,
} from './endpoint-health.js';
export {
  ATTEMPTS_MAX,
  ATTEMPTS_PER_ENDPOINT_MAX,
  ENDPOINTS_MAX,
  FIRST_BYTE_BUDGET_MS,
  RETRY_AFTER_WAIT_MS_MAX,
  SOLE_ENDPOINT_WAIT_MS,
  afterNextTry,
  beginTrying,
  nextTry,
  type Failure,
  type NextTry,
  type TriedEndpoint,
  type TryState,
} from './trying.js';
export { type Pace, type PaceOf } from './wished-order.js';
export {
  noWishes,
  readWishes,
  wishfulName,
  type MaxPrice,
  type RoutingSort,
  type RoutingWishes,
  type WishfulName,
  type WishProblem,
  type WishReading,
} from './wishes.js';
