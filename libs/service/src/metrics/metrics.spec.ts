import { describe, expect, it } from '@jest/globals';

import { Metrics } from './metrics.js';

describe('Metrics', () => {
  it('tells a figure that it asks for', async () => {
    const metrics = new Metrics('billing');
    metrics.askedGauge({ name: 'apilink_outbox_pending', help: 'Events.', ask: () => Promise.resolve(7) });
    expect(await metrics.text()).toContain('apilink_outbox_pending{service="billing"} 7');
  });

  it('answers with everything else while the one asked hangs or refuses', async () => {
    const metrics = new Metrics('billing');
    metrics.gauge({ name: 'apilink_spool_bytes', help: 'Bytes.' }).set(5);
    metrics.askedGauge({ name: 'apilink_hanging', help: 'Hangs.', ask: () => new Promise(() => undefined) });
    metrics.askedGauge({ name: 'apilink_away', help: 'Away.', ask: () => Promise.reject(new Error('away')) });
    expect(await metrics.text()).toContain('apilink_spool_bytes{service="billing"} 5');
  });
});
