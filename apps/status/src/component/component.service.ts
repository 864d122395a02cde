import { STALE_MS, type Board } from './board.domain.js';
import { componentsOf, type Component, type ComponentStatus, type EndpointNews } from './component.domain.js';

/** Endpoints remembered at most: a page about more of them would serve nobody. */
const ENDPOINTS_MAX = 20_000;

/** A component's status as it was last told. */
interface Told {
  readonly status: ComponentStatus;
  readonly since: number;
}

/** One change of a component, for the history. Times are ms since the epoch. */
export interface ComponentChange extends Told {
  readonly componentId: string;
}

/** What is kept on disk: enough to say what was known last. */
export interface BoardMemory {
  readonly news: readonly EndpointNews[];
  readonly told: readonly ComponentChange[];
  /** When the event log was last seen; null = never. */
  readonly heardAt: number | null;
}

/** Keeps in memory what was heard, and derives from it and the clock what is to be said. It waits for nobody. */
export class ComponentService {
  readonly #news = new Map<string, EndpointNews>();
  readonly #told = new Map<string, Told>();
  #heardAt: number | null = null;
  readonly #startedAt: number;

  constructor(private readonly now: () => number) {
    this.#startedAt = now();
  }

  /** Takes what an earlier process knew; what was heard since wins. */
  restore(memory: BoardMemory): void {
    for (const news of memory.news) if (!this.#news.has(news.endpointId)) this.#news.set(news.endpointId, news);
    for (const { componentId, ...told } of memory.told)
      if (!this.#told.has(componentId)) this.#told.set(componentId, told);
    this.#heardAt ??= memory.heardAt;
  }

  memory(): BoardMemory {
    return {
      news: [...this.#news.values()],
      told: [...this.#told].map(([componentId, told]) => ({ componentId, ...told })),
      heardAt: this.#heardAt,
    };
  }

  hear(news: EndpointNews): void {
    if (!this.#news.has(news.endpointId) && this.#news.size >= ENDPOINTS_MAX) return;
    this.#news.set(news.endpointId, news);
  }

  /** The router withdrew an endpoint. Of one that was never heard of there is nothing to say. */
  hearIdle(endpointId: string, heardAt: number): void {
    const known = this.#news.get(endpointId);
    if (known) this.#news.set(endpointId, { ...known, isIdle: true, heardAt });
  }

  /** The event log answered now. */
  seeLog(): void {
    this.#heardAt = this.now();
  }

  /** What has changed since the last call; forgets what nobody speaks of any more. */
  changes(): readonly ComponentChange[] {
    const components = this.#components();
    const changes = components.filter(({ componentId, status }) => this.#told.get(componentId)?.status !== status);
    const listed = new Set(components.map(({ componentId }) => componentId));
    for (const componentId of this.#told.keys()) if (!listed.has(componentId)) this.#told.delete(componentId);
    const spoken = new Set(components.flatMap(({ endpoints }) => endpoints.map(({ endpointId }) => endpointId)));
    for (const endpointId of this.#news.keys()) if (!spoken.has(endpointId)) this.#news.delete(endpointId);
    for (const { componentId, status, since } of changes) this.#told.set(componentId, { status, since });
    return changes.map(({ componentId, status, since }) => ({ componentId, status, since }));
  }

  /** The history knows better since when a status is so: from before this process, or from another one. */
  correctSince({ componentId, status, since }: ComponentChange): void {
    if (this.#told.get(componentId)?.status === status) this.#told.set(componentId, { status, since });
  }

  board(): Board {
    const at = this.now();
    const heardAt = this.#heardAt;
    const isStale = heardAt === null || at - heardAt > STALE_MS;
    return { components: this.#components(), at, staleSince: isStale ? (heardAt ?? this.#startedAt) : null };
  }

  #components(): readonly Component[] {
    const now = this.now();
    return componentsOf(this.#news.values(), now, (componentId, status) => {
      const told = this.#told.get(componentId);
      return told?.status === status ? told.since : now;
    });
  }
}
