import { Metrics } from '@apilink/service';
import { describe, expect, it } from '@jest/globals';

import { consumerLag, exposeConsumerLag } from './consumer-lag.js';

const log = {
  endOffsets: async () =>
    new Map([
      [0, 10n],
      [1, 5n],
      [2, 0n],
    ]),
  committedOffsets: async () => new Map([[0, 7n]]),
};
const away = {
  endOffsets: () => new Promise<never>(() => undefined),
  committedOffsets: () => Promise.reject(new Error('away')),
};

describe('the lag of a group', () => {
  it('counts what was never committed from the first event on', async () => {
    expect([...(await consumerLag(log, 'g', 't')).values()]).toEqual([3n, 5n, 0n]);
  });

  it('is a gauge by topic and group', async () => {
    const metrics = new Metrics('billing');
    exposeConsumerLag(metrics, { log, group: 'g', topics: ['t', 'u'] });
    const text = await metrics.text();
    expect(text).toContain('apilink_kafka_consumer_lag{topic="t",group="g",service="billing"} 8');
    expect(text).toContain('apilink_kafka_consumer_lag{topic="u",group="g",service="billing"} 8');
  });

  it('lets a scrape go on while the log is away', async () => {
    const metrics = new Metrics('billing');
    exposeConsumerLag(metrics, { log: away, group: 'g', topics: ['t'] });
    expect(await metrics.text()).toContain('apilink_kafka_consumer_lag');
  });
});
