import { TEST_TIME } from '@apilink/testing';
import { describe, expect, it } from '@jest/globals';

import { indicatorOf } from './board.domain.js';
import {
  componentsOf,
  componentStatus,
  endpointStatus,
  FORGET_MS,
  partsOf,
  SILENCE_MS,
  type ComponentStatus,
  type EndpointNews,
} from './component.domain.js';

const news = (changes: Partial<EndpointNews> = {}): EndpointNews => ({
  endpointId: 'alpha/acme/echo-1',
  circuit: 'closed',
  uptime30m: 1,
  firstTokenP50Ms: 200,
  heardAt: TEST_TIME,
  isIdle: false,
  ...changes,
});

describe('an endpoint', () => {
  it.each<[EndpointNews['circuit'], ComponentStatus]>([
    ['closed', 'operational'],
    ['half-open', 'degraded'],
    ['open', 'outage'],
  ])('with a circuit that is %s is %s', (circuit, status) => {
    expect(endpointStatus(news({ circuit }), TEST_TIME)).toBe(status);
  });

  it('is never green by itself: silence and withdrawal are unknown', () => {
    expect(endpointStatus(news(), TEST_TIME + SILENCE_MS)).toBe('operational');
    expect(endpointStatus(news(), TEST_TIME + SILENCE_MS + 1)).toBe('unknown');
    expect(endpointStatus(news({ circuit: 'open' }), TEST_TIME + SILENCE_MS + 1)).toBe('unknown');
    expect(endpointStatus(news({ isIdle: true }), TEST_TIME)).toBe('unknown');
  });
});

describe('a model', () => {
  it.each<[readonly ComponentStatus[], ComponentStatus]>([
    [['operational', 'operational'], 'operational'],
    [['operational', 'outage'], 'degraded'],
    [['operational', 'degraded'], 'degraded'],
    [['degraded', 'outage'], 'degraded'],
    [['outage', 'outage'], 'outage'],
    [['outage', 'unknown'], 'outage'],
    [['operational', 'unknown'], 'operational'],
    [['unknown'], 'unknown'],
    [[], 'unknown'],
  ])('whose providers are %j is %s', (endpoints, status) => {
    expect(componentStatus(endpoints)).toBe(status);
  });

  it('is listed with its providers by name, and no longer after a week of silence', () => {
    const all = [news({ endpointId: 'beta/acme/echo-1', circuit: 'open' }), news(), news({ endpointId: 'alpha/a' })];
    const listed = componentsOf(all, TEST_TIME, () => TEST_TIME);
    expect(listed.map(({ componentId, status }) => [componentId, status])).toEqual([
      ['a', 'operational'],
      ['acme/echo-1', 'degraded'],
    ]);
    expect(listed[1]?.endpoints.map(({ provider, status }) => [provider, status])).toEqual([
      ['alpha', 'operational'],
      ['beta', 'outage'],
    ]);
    expect(componentsOf(all, TEST_TIME + FORGET_MS + 1, () => TEST_TIME)).toEqual([]);
  });

  it('keeps the slashes of its id', () => {
    expect(partsOf('alpha/acme/echo-1')).toEqual({ provider: 'alpha', componentId: 'acme/echo-1' });
    expect(partsOf('strange')).toEqual({ provider: 'strange', componentId: 'strange' });
  });
});

describe('the indicator', () => {
  it.each<[readonly ComponentStatus[], string]>([
    [[], 'unknown'],
    [['unknown'], 'unknown'],
    [['operational', 'unknown'], 'none'],
    [['operational', 'degraded'], 'minor'],
    [['operational', 'degraded', 'outage'], 'major'],
    [['outage', 'unknown'], 'critical'],
  ])('of %j is %s', (statuses, indicator) => {
    expect(indicatorOf(statuses.map((status) => ({ status })))).toBe(indicator);
  });
});
