import { describe, expect, it } from '@jest/globals';

import { mergeMetrics } from './merge-metrics.js';
import { Metrics } from './metrics.js';

describe('mergeMetrics', () => {
  it('keeps one HELP and TYPE line for a metric of two applications, and both samples', async () => {
    const texts = await Promise.all(
      ['edge-proxy', 'billing'].map((service) => {
        const metrics = new Metrics(service);
        metrics.counter({ name: 'apilink_events_total', help: 'Events.' }).inc();
        return metrics.text();
      }),
    );
    const merged = mergeMetrics(texts);
    expect(merged.match(/# TYPE apilink_events_total counter/g)).toHaveLength(1);
    expect(merged).toContain('apilink_events_total{service="edge-proxy"} 1');
    expect(merged).toContain('apilink_events_total{service="billing"} 1');
  });
});
