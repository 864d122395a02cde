import { startOtlpCollector, type CollectedSpan, type OtlpCollector } from '@apilink/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { TestCluster } from './cluster.js';
import { Customer, generationOf } from './customer.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';

describe('what an SRE sees of one request, from the edge through Kafka to its settlement', () => {
  let collector: OtlpCollector;
  let cluster: TestCluster;

  beforeAll(async () => {
    collector = await startOtlpCollector();
    cluster = await TestCluster.start({
      edges: 1,
      billing: 1,
      environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: '0' },
    });
  }, 120_000);

  afterAll(async () => {
    await collector.close();
    await cluster.stop();
  }, 60_000);

  it('is one trace, each step below the one that caused it', async () => {
    const customer = await Customer.create(cluster, '1');
    const body = { model: 'demo/echo', stream: true, max_tokens: 20, messages: [{ role: 'user', content: 'canary' }] };
    const response = await fetch(`${cluster.edges[0]?.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${customer.apiKey}`,
        'content-type': 'application/json',
        traceparent: `00-${TRACE}-${CALLER}-01`,
      },
      body: JSON.stringify(body),
    });
    expect(await response.text()).toContain('[DONE]');
    // Request, attempt, both usage events at billing, and what the ledger says of them at invoicing.
    const spans = await collector.until(({ length }) => length >= 5);

    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
    const request = one(spans, ({ kind }) => kind === 'server');
    expect(request).toMatchObject({ service: 'edge-proxy', parentSpanId: CALLER, isError: false });
    expect(request.attributes['apilink.generation.id']).toBe(generationOf(response));
    const attempt = one(spans, ({ kind }) => kind === 'client');
    expect(attempt).toMatchObject({ service: 'edge-proxy', parentSpanId: request.spanId });
    const settlement = one(spans, ({ attributes }) => attributes['apilink.event.type'] === 'usage.final');
    expect(settlement).toMatchObject({
      service: 'billing',
      name: 'process apilink.usage.v1',
      kind: 'consumer',
      parentSpanId: request.spanId,
    });
    const ledger = one(spans, ({ service }) => service === 'invoicing');
    expect(ledger).toMatchObject({ name: 'process apilink.ledger.v1', parentSpanId: settlement.spanId });
    expect(ledger.attributes['apilink.event.type']).toBe('usage.settled');
    expect(collector.received().includes('canary')).toBe(false);
  });
});

function one(spans: readonly CollectedSpan[], matches: (span: CollectedSpan) => boolean): CollectedSpan {
  const found = spans.filter(matches);
  expect(found).toHaveLength(1);
  const [span] = found;
  if (span === undefined) throw new Error('there is no such span');
  return span;
}
