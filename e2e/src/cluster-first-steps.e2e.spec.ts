import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { TestCluster } from './cluster.js';
import { auditDifferences, Customer, generationOf } from './customer.js';
import { eventually } from './instance.js';

describe('what an SRE sees after npm run cluster', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({ edges: 2, billing: 2 });
  }, 120_000);

  afterAll(async () => {
    await cluster.stop();
  }, 60_000);

  it('starts every service as a process of its own that is ready, with a log file each', async () => {
    const services = [...cluster.edges, ...cluster.billing, cluster.router, cluster.invoicing, cluster.status];
    expect(new Set(services.map(({ pid }) => pid)).size).toBe(services.length);
    for (const service of services) {
      expect(await service.isReady()).toBe(true);
      expect(existsSync(service.logFile)).toBe(true);
    }
    expect(cluster.lost).toEqual([]);
  });

  it('writes the same quickstart.json, for its owner alone, with the URLs of every process', () => {
    const { quickstart, edges } = cluster;
    expect(statSync(join(cluster.folder.path, 'quickstart.json')).mode & 0o777).toBe(0o600);
    expect(quickstart.baseUrl).toBe(`${edges[0]?.url}/v1`);
    expect(quickstart.services).toMatchObject({
      'edge-proxy': edges[0]?.url,
      'edge-proxy-2': edges[1]?.url,
      'edge-proxy-2-admin': edges[1]?.adminUrl,
      billing: cluster.billing[0]?.url,
      router: cluster.router.url,
      status: cluster.status.url,
    });
  });

  it('streams an answer of the demo provider from every edge, whose receipt and balance agree', async () => {
    for (const edge of cluster.edges) {
      const customer = await Customer.create(cluster, '1');
      const response = await customer
        .at(edge.url)
        .chat({ model: 'demo/echo', stream: true, max_tokens: 20, messages: [{ role: 'user', content: 'Hello!' }] });
      expect(response.status).toBe(200);
      expect(await response.text()).toContain('[DONE]');
      const receipt = await customer.at(edge.url).receipt(generationOf(response), 10_000);
      expect(receipt.outcome).toBe('completed');
      const charge = BigInt(receipt.charge_nano_usd);
      expect(charge).toBeGreaterThan(0n);
      expect(await customer.settled()).toMatchObject({ spent: charge, available: 1_000_000_000n - charge });
      expect((await cluster.apilink('receipt', generationOf(response))).json).toMatchObject({ outcome: 'completed' });
    }
    expect(await auditDifferences(cluster)).toEqual([]);
  });

  it('shows the models on the status page, from what the router told', async () => {
    const summary = await eventually('a summary', async () => {
      const answer = await fetch(`${cluster.status.url}/api/v2/summary.json`);
      return answer.status === 200 ? await answer.text() : null;
    });
    expect(summary).toContain('"components"');
    expect((await fetch(cluster.quickstart.statusUrl ?? '')).status).toBe(200);
  });
});
