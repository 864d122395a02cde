import { describe, expect, it } from '@jest/globals';

import { planCluster, sizeProblem, PORT_SPAN } from './cluster-plan.js';

const largest = { edges: 4, billing: 8, port: 8787 };

describe('the plan of a cluster', () => {
  it('gives each service the port that it has by itself, and names a second one by its number', () => {
    const ports = planCluster({ edges: 2, billing: 3, port: 8787 }).map(({ name, port }) => [name, port]);
    expect(Object.fromEntries(ports)).toEqual({
      'edge-proxy': 8787,
      'edge-proxy-2': 8788,
      router: 8791,
      billing: 8792,
      'billing-2': 8802,
      'billing-3': 8803,
      invoicing: 8793,
      status: 8794,
      'demo-provider': 8796,
    });
  });

  it('gives no port twice, probes included, and none above the span that is checked', () => {
    const ports = planCluster(largest).flatMap(({ port, adminPort }) => [port, adminPort]);
    expect(new Set(ports).size).toBe(ports.length);
    expect(Math.max(...ports)).toBeLessThanOrEqual(largest.port + PORT_SPAN);
  });

  it.each([
    [{ ...largest, edges: 5 }, '--edges is a whole number from 1 to 4.'],
    [{ ...largest, billing: 0 }, '--billing is a whole number from 1 to 8.'],
    [{ ...largest, port: 65_500 }, '--port is a whole number from 1 to 65413.'],
    [largest, null],
  ])('of %j: %s', (size, sentence) => {
    expect(sizeProblem(size)).toBe(sentence);
  });
});
