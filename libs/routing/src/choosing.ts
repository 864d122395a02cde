import type { CandidateEndpoint } from './candidate-endpoint.js';
import type { Circuit } from './endpoint-health.js';
import { paceUnknown, wishedOrder, wishExclusion, type PaceOf, type WishExclusion } from './wished-order.js';
import { noWishes, type RoutingWishes } from './wishes.js';

/** In the order in which they are looked for: an endpoint is told with the first one that holds. */
export type ExclusionCode =
  | 'disabled'
  | 'dialect_unsupported'
  | 'missing_capability'
  | 'context_too_long'
  | 'no_credential'
  | WishExclusion
  | 'circuit_open'
  | 'fallbacks_off';

export interface Exclusion {
  readonly endpointId: string;
  readonly code: ExclusionCode;
}

export interface ChoiceQuestion<T extends CandidateEndpoint> {
  /** The family of the model. */
  readonly endpoints: readonly T[];
  /** In which the request can be said; an endpoint needs one of them. */
  readonly dialects: readonly string[];
  /** Capabilities that the request needs. */
  readonly needs: readonly string[];
  /** Tokens that the request surely takes: an endpoint is not refused for a margin. */
  readonly contextTokens: number;
  readonly healthOf: (endpointId: string) => Circuit;
  /** How bad an endpoint with an open circuit is (see `failureShare`); default: all alike. */
  readonly failureShareOf?: (endpointId: string) => number;
  /** Whether a credential is there and not known to be refused; default: yes, for endpoints that need none. */
  readonly hasCredential?: (endpointId: string) => boolean;
  /** What the caller wants; default: nothing. */
  readonly wishes?: RoutingWishes;
  /** How fast an endpoint was lately; default: nothing is known. */
  readonly paceOf?: PaceOf;
  /** Uniform in [0, 1); drawn once. */
  readonly random: () => number;
}

export interface Choice<T extends CandidateEndpoint> {
  /** In the order to be tried. Empty when no endpoint is fit. */
  readonly candidates: readonly T[];
  readonly excluded: readonly Exclusion[];
  /** Every fit endpoint's circuit is open: the candidates are tried all the same, the least bad first. */
  readonly isLastResort: boolean;
}

/** Share of requests whose first endpoint is drawn evenly, so that prices and health of the others stay known. */
const EXPLORATION = 0.01;

/**
 * Filters, then orders: a weighted pick ∝ weight / price² among endpoints whose circuit is not open, 1 % exploration,
 * the rest as fallbacks by price, half-open ones last. A half-open endpoint takes part in the
 * pick, since only a request can close it.
 */
export function chooseEndpoints<T extends CandidateEndpoint>(question: ChoiceQuestion<T>): Choice<T> {
  const healthy: T[] = [];
  const probes: T[] = [];
  const open: T[] = [];
  const excluded: Exclusion[] = [];
  for (const endpoint of question.endpoints) {
    const code = exclusionOf(endpoint, question);
    if (code !== null) {
      excluded.push({ endpointId: endpoint.endpointId, code });
      continue;
    }
    const circuit = question.healthOf(endpoint.endpointId);
    if (circuit === 'closed') healthy.push(endpoint);
    else if (circuit === 'half-open') probes.push(endpoint);
    else open.push(endpoint);
  }
  if (healthy.length === 0 && probes.length === 0) {
    return { candidates: leastBadFirst(open, question.failureShareOf), excluded, isLastResort: open.length > 0 };
  }
  for (const { endpointId } of open) excluded.push({ endpointId, code: 'circuit_open' });
  const { wishes } = question;
  if (wishes !== undefined && wishes !== noWishes) {
    const { candidates, refused } = wishedOrder([...healthy, ...probes], wishes, {
      usual: () => usualOrder(healthy, probes, question.random()),
      paceOf: question.paceOf ?? paceUnknown,
    });
    for (const { endpointId } of refused) excluded.push({ endpointId, code: 'fallbacks_off' });
    return { candidates, excluded, isLastResort: false };
  }
  return { candidates: usualOrder(healthy, probes, question.random()), excluded, isLastResort: false };
}

function usualOrder<T extends CandidateEndpoint>(healthy: readonly T[], probes: readonly T[], draw: number): T[] {
  const ordered = healthy.toSorted(byPrice);
  if (probes.length > 0) ordered.push(...probes.toSorted(byPrice));
  moveToFront(ordered, pick(ordered, draw));
  return ordered;
}

function exclusionOf<T extends CandidateEndpoint>(endpoint: T, question: ChoiceQuestion<T>): ExclusionCode | null {
  if (!endpoint.enabled) return 'disabled';
  if (!speaksOne(endpoint.dialects, question.dialects)) return 'dialect_unsupported';
  for (const need of question.needs) if (!endpoint.capabilities.includes(need)) return 'missing_capability';
  if (question.contextTokens > endpoint.contextLength) return 'context_too_long';
  if (question.hasCredential !== undefined && !question.hasCredential(endpoint.endpointId)) return 'no_credential';
  return question.wishes === undefined ? null : wishExclusion(endpoint, question.wishes);
}

function speaksOne(spoken: readonly string[], wanted: readonly string[]): boolean {
  for (const dialect of wanted) if (spoken.includes(dialect)) return true;
  return false;
}

/** Index of the endpoint to try first: one draw decides on exploration and on the endpoint. */
function pick(endpoints: readonly CandidateEndpoint[], draw: number): number {
  if (draw < EXPLORATION) {
    const eligible = endpoints.filter(isPickable);
    const explored = eligible[Math.floor((draw / EXPLORATION) * eligible.length)];
    return explored === undefined ? 0 : endpoints.indexOf(explored);
  }
  let total = 0;
  for (const endpoint of endpoints) total += shareOf(endpoint);
  let left = ((draw - EXPLORATION) / (1 - EXPLORATION)) * total;
  let last = 0;
  for (const [index, endpoint] of endpoints.entries()) {
    const share = shareOf(endpoint);
    if (share === 0) continue;
    if (left < share) return index;
    left -= share;
    last = index;
  }
  return last;
}

function isPickable(endpoint: CandidateEndpoint): boolean {
  return endpoint.weight > 0;
}

/** Stands for a price of zero: such an endpoint wins over all others, with a share that is still finite. */
const SMALLEST_PRICE = 1e-80;

function shareOf({ weight, price }: CandidateEndpoint): number {
  const comparable = Math.max(price, SMALLEST_PRICE);
  return weight / (comparable * comparable);
}

function moveToFront(items: unknown[], index: number): void {
  const item = items[index];
  if (item === undefined || index === 0) return;
  items.copyWithin(1, 0, index);
  items[0] = item;
}

/** By price; by id where prices are equal, so that the order does not hang on the order of the table. */
function byPrice(one: CandidateEndpoint, other: CandidateEndpoint): number {
  if (one.price !== other.price) return one.price - other.price;
  return one.endpointId < other.endpointId ? -1 : 1;
}

function leastBadFirst<T extends CandidateEndpoint>(
  open: T[],
  failureShareOf: ((endpointId: string) => number) | undefined,
): T[] {
  if (failureShareOf === undefined) return open.toSorted(byPrice);
  return open
    .map((endpoint) => ({ endpoint, share: failureShareOf(endpoint.endpointId) }))
    .toSorted((one, other) => one.share - other.share || byPrice(one.endpoint, other.endpoint))
    .map(({ endpoint }) => endpoint);
}
