import { hash } from 'node:crypto';

import { changedAt, indicatorOf, type Board, type Indicator } from '../component/board.domain.js';
import type { Component, ComponentStatus, Endpoint } from '../component/component.domain.js';

/**
 * The JSON of Atlassian Statuspage, version 2 (`/api/v2/summary.json`), so that its many readers can be used. Two things
 * are added: the status and indicator `unknown`, and `page.stale_since`.
 */
export interface StatuspagePage {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly time_zone: 'Etc/UTC';
  readonly updated_at: string;
  /** Since when nothing can be heard; null while all is fresh. */
  readonly stale_since: string | null;
}

export interface StatuspageComponent {
  readonly id: string;
  readonly name: string;
  readonly status: 'operational' | 'degraded_performance' | 'major_outage' | 'unknown';
  readonly created_at: null;
  readonly updated_at: string;
  readonly position: number;
  readonly description: string | null;
  readonly showcase: boolean;
  readonly start_date: null;
  readonly group_id: string | null;
  readonly page_id: string;
  readonly group: boolean;
  readonly only_show_if_degraded: boolean;
  /** Of a group: its members. */
  readonly components?: readonly string[];
}

export interface StatuspageStatus {
  readonly indicator: Indicator;
  readonly description: string;
}

const NAME = 'ApiLink';
const PAGE_ID = idOf('page');

const descriptions: Readonly<Record<Indicator, string>> = {
  none: 'All Systems Operational',
  minor: 'Partially Degraded Service',
  major: 'Partial System Outage',
  critical: 'Major Service Outage',
  unknown: 'Status Unknown',
};

const statuses: Readonly<Record<ComponentStatus, StatuspageComponent['status']>> = {
  operational: 'operational',
  degraded: 'degraded_performance',
  outage: 'major_outage',
  unknown: 'unknown',
};

export function pageOf(board: Board, url: string): StatuspagePage {
  return {
    id: PAGE_ID,
    name: NAME,
    url,
    time_zone: 'Etc/UTC',
    updated_at: instant(changedAt(board)),
    stale_since: board.staleSince === null ? null : instant(board.staleSince),
  };
}

/** What is stale may have been fine: it is not said to be. */
export function statusOf({ components, staleSince }: Board): StatuspageStatus {
  const indicator = staleSince === null ? indicatorOf(components) : 'unknown';
  return { indicator, description: descriptions[indicator] };
}

/** A model is a group, and each provider of it a component of that group. */
export function componentsOf({ components }: Board): readonly StatuspageComponent[] {
  let position = 0;
  return components.flatMap((component) => {
    const members = component.endpoints.map((endpoint) => ({ endpoint, id: idOf(`endpoint ${endpoint.endpointId}`) }));
    const group = groupOf(component, { position: ++position, members: members.map(({ id }) => id) });
    return [group, ...members.map(({ endpoint, id }, index) => memberOf(endpoint, { id, group, position: index + 1 }))];
  });
}

export function summaryOf(board: Board, url: string) {
  return {
    page: pageOf(board, url),
    components: componentsOf(board),
    incidents: [],
    scheduled_maintenances: [],
    status: statusOf(board),
  };
}

function groupOf(
  { componentId, status, since }: Component,
  { position, members }: { readonly position: number; readonly members: readonly string[] },
): StatuspageComponent {
  return {
    id: idOf(`model ${componentId}`),
    name: componentId,
    status: statuses[status],
    updated_at: instant(since),
    position,
    description: null,
    group_id: null,
    group: true,
    components: members,
    ...plain,
  };
}

function memberOf(
  { provider, status }: Endpoint,
  { id, group, position }: { readonly id: string; readonly group: StatuspageComponent; readonly position: number },
): StatuspageComponent {
  return {
    id,
    name: provider,
    status: statuses[status],
    updated_at: group.updated_at,
    position,
    description: `${group.name} by ${provider}`,
    group_id: group.id,
    group: false,
    ...plain,
  };
}

const plain = {
  created_at: null,
  showcase: true,
  start_date: null,
  page_id: PAGE_ID,
  only_show_if_degraded: false,
} as const;

/** Twelve characters as Statuspage has them, the same for the same thing for ever. */
function idOf(name: string): string {
  return hash('sha256', name, 'hex').slice(0, 12);
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
