import { TEST_TIME } from '@apilink/testing';
import { describe, expect, it } from '@jest/globals';

import type { Board } from '../component/board.domain.js';
import { entityTag, isNamed } from './entity-tag.domain.js';
import { summaryOf } from './summary.domain.js';

const endpoint = {
  endpointId: 'alpha/acme/echo-1',
  uptime30m: 1,
  firstTokenP50Ms: 1,
  heardAt: TEST_TIME,
  isIdle: false,
};
const board: Board = {
  at: TEST_TIME + 5_000,
  staleSince: null,
  components: [
    {
      componentId: 'acme/echo-1',
      status: 'degraded',
      since: TEST_TIME,
      endpoints: [
        { ...endpoint, provider: 'alpha', status: 'operational', lastKnown: 'operational' },
        { ...endpoint, endpointId: 'beta/acme/echo-1', provider: 'beta', status: 'outage', lastKnown: 'outage' },
      ],
    },
  ],
};

describe('the summary', () => {
  const summary = summaryOf(board, 'https://status.example/status');

  it('has the form of Statuspage: page, components, incidents, maintenances, status', () => {
    expect(Object.keys(summary)).toEqual(['page', 'components', 'incidents', 'scheduled_maintenances', 'status']);
    expect(summary.page).toMatchObject({
      name: 'ApiLink',
      url: 'https://status.example/status',
      time_zone: 'Etc/UTC',
      updated_at: '2026-11-22T08:00:00.000Z',
    });
    expect(summary.status).toEqual({ indicator: 'minor', description: 'Partially Degraded Service' });
    const [group, alpha, beta] = summary.components;
    expect(group).toMatchObject({ name: 'acme/echo-1', status: 'degraded_performance', group: true, position: 1 });
    expect(group?.components).toEqual([alpha?.id, beta?.id]);
    expect(beta).toMatchObject({ name: 'beta', status: 'major_outage', group: false, group_id: group?.id });
    expect(new Set(summary.components.map(({ id }) => id)).size).toBe(3);
  });

  it('stays byte for byte the same while nothing changes, so that its tag does', () => {
    const later = summaryOf({ ...board, at: TEST_TIME + 60_000 }, 'https://status.example/status');
    expect(JSON.stringify(later)).toBe(JSON.stringify(summary));
  });

  it('is unknown, never none, when it is stale', () => {
    const stale = summaryOf({ ...board, staleSince: TEST_TIME + 1_000 }, 'https://status.example/status');
    expect(stale.status).toEqual({ indicator: 'unknown', description: 'Status Unknown' });
    expect(stale.page).toMatchObject({
      stale_since: '2026-11-22T08:00:01.000Z',
      updated_at: '2026-11-22T08:00:01.000Z',
    });
  });
});

describe('an entity tag', () => {
  it('is known again in a list, weak or strong, and by a star', () => {
    const tag = entityTag('{}');
    expect([tag, `W/${tag}`, `"other", ${tag}`, '*'].map((named) => isNamed(tag, named))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([undefined, '', '"other"'].map((named) => isNamed(tag, named))).toEqual([false, false, false]);
    expect(entityTag('[]')).not.toBe(tag);
  });
});
