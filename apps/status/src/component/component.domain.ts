/** What the page says of a component. `unknown` is what silence means: nothing is green by itself. */
export type ComponentStatus = 'operational' | 'degraded' | 'outage' | 'unknown';

/** The last word about one endpoint: one provider's offer of one model. Times are ms since the epoch. */
export interface EndpointNews {
  /** `provider/model`, as the router names it. */
  readonly endpointId: string;
  readonly circuit: 'closed' | 'open' | 'half-open';
  /** Share of attempts that did not fail in half an hour, 0 to 1; null without traffic. */
  readonly uptime30m: number | null;
  /** Median time to the first token, in ms; null without traffic. */
  readonly firstTokenP50Ms: number | null;
  /** When it was said, on our clock where it was heard live. */
  readonly heardAt: number;
  /** The router withdrew it: nobody has called it for half an hour. */
  readonly isIdle: boolean;
}

export interface Endpoint {
  readonly endpointId: string;
  readonly provider: string;
  readonly status: ComponentStatus;
  /** What was said at `heardAt`, which may be long ago. */
  readonly lastKnown: Exclude<ComponentStatus, 'unknown'>;
  readonly uptime30m: number | null;
  readonly firstTokenP50Ms: number | null;
  readonly heardAt: number;
  readonly isIdle: boolean;
}

/** A model: what a client calls, after failover among the providers that offer it. */
export interface Component {
  /** The model's id. */
  readonly componentId: string;
  readonly status: ComponentStatus;
  /** Since when it is so. */
  readonly since: number;
  /** Providers of the model, by name. */
  readonly endpoints: readonly Endpoint[];
}

/** The router repeats every state after 20 seconds; four times missed is silence. */
export const SILENCE_MS = 90_000;
/** An endpoint that nobody called for a week was removed or renamed. */
export const FORGET_MS = 7 * 86_400_000;

/** The status of one endpoint: its circuit, as long as somebody still says so. */
export function endpointStatus(news: EndpointNews, nowMs: number): ComponentStatus {
  if (news.isIdle || nowMs - news.heardAt > SILENCE_MS) return 'unknown';
  return statusOfCircuit[news.circuit];
}

const statusOfCircuit = {
  closed: 'operational',
  'half-open': 'degraded',
  open: 'outage',
} as const satisfies Record<EndpointNews['circuit'], ComponentStatus>;

/**
 * The status of a model by its providers: as good as all of them, out only when all that are heard of are out, and
 * degraded in between, because requests then take a second try.
 */
export function componentStatus(endpoints: readonly ComponentStatus[]): ComponentStatus {
  const known = endpoints.filter((status) => status !== 'unknown');
  if (known.length === 0) return 'unknown';
  if (known.every((status) => status === 'operational')) return 'operational';
  return known.every((status) => status === 'outage') ? 'outage' : 'degraded';
}

/** Endpoint ids are `provider/model`, and a model's id may have slashes of its own. */
export function partsOf(endpointId: string): { readonly provider: string; readonly componentId: string } {
  const slash = endpointId.indexOf('/');
  if (slash === -1) return { provider: endpointId, componentId: endpointId };
  return { provider: endpointId.slice(0, slash), componentId: endpointId.slice(slash + 1) };
}

/** The models of all endpoints that were heard of within a week, by name; `sinceOf` tells since when a status is so. */
export function componentsOf(
  news: Iterable<EndpointNews>,
  nowMs: number,
  sinceOf: (componentId: string, status: ComponentStatus) => number,
): readonly Component[] {
  const models = new Map<string, Endpoint[]>();
  for (const one of news) {
    if (nowMs - one.heardAt > FORGET_MS) continue;
    const { provider, componentId } = partsOf(one.endpointId);
    const { circuit, ...facts } = one;
    const lastKnown = statusOfCircuit[circuit];
    const endpoint = { ...facts, provider, status: endpointStatus(one, nowMs), lastKnown };
    models.set(componentId, [...(models.get(componentId) ?? []), endpoint]);
  }
  return [...models]
    .toSorted(([one], [other]) => compare(one, other))
    .map(([componentId, endpoints]) => {
      const status = componentStatus(endpoints.map((endpoint) => endpoint.status));
      const byProvider = endpoints.toSorted((one, other) => compare(one.provider, other.provider));
      return { componentId, status, since: sinceOf(componentId, status), endpoints: byProvider };
    });
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
