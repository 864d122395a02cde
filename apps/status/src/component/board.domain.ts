import type { Component, ComponentStatus } from './component.domain.js';

/** Everything that the page and the JSON say, at one instant. Times are ms since the epoch. */
export interface Board {
  readonly components: readonly Component[];
  /** When this was put together. */
  readonly at: number;
  /** Since when nothing can be heard; null while the event log answers. */
  readonly staleSince: number | null;
}

/** Statuspage's indicators, and `unknown` for when nothing is known: `none` would be a lie. */
export type Indicator = 'none' | 'minor' | 'major' | 'critical' | 'unknown';

/** The event log was not seen for this long: whatever is shown is of before. */
export const STALE_MS = 60_000;

/** The worst that is known decides; what is unknown hides nothing, and is all there is when nothing is known. */
export function indicatorOf(components: readonly Pick<Component, 'status'>[]): Indicator {
  const known = components.map(({ status }) => status).filter((status) => status !== 'unknown');
  if (known.length === 0) return 'unknown';
  if (known.every((status) => status === 'outage')) return 'critical';
  if (known.includes('outage')) return 'major';
  return known.includes('degraded') ? 'minor' : 'none';
}

/** The last time that anything the board says has changed: a component, or that nothing can be heard any more. */
export function changedAt({ components, at, staleSince }: Board): number {
  const times = components.map(({ since }) => since);
  if (staleSince !== null) times.push(staleSince);
  return times.length === 0 ? at : Math.max(...times);
}

export function countOf(components: readonly Pick<Component, 'status'>[], status: ComponentStatus): number {
  return components.filter((component) => component.status === status).length;
}
