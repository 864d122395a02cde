import { afterEach, describe, expect, it } from '@jest/globals';

import { accountId, EdgeWorld } from '../rig/edge-world.factory.contract.js';

let world: EdgeWorld;

afterEach(async () => world.close());

describe('the metrics of an edge', () => {
  it('are those that operators are promised, the hot lane among the requests', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => call.head().text('Hi').finish().usage(7, 1).done());
    await (await world.chat()).answer();
    await (await world.chat({ model: 'nobody/knows' })).answer();
    await world.final();
    await world.get('/v1/key');
    const text = await world.application.metrics();
    for (const name of [
      'apilink_http_request_duration_seconds',
      'apilink_edge_inflight_requests',
      'apilink_gateway_overhead_seconds',
      'apilink_time_to_first_token_seconds',
      'apilink_stream_end_total',
      'apilink_upstream_requests_total',
      'apilink_failovers_total',
      'apilink_holds_open',
      'apilink_spool_bytes',
      'apilink_event_log_away',
      'apilink_clock_difference_seconds',
    ]) {
      expect(text).toContain(`# TYPE ${name} `);
    }
    const counts = text.split('\n').filter((line) => line.startsWith('apilink_http_request_duration_seconds_count'));
    for (const request of [
      'method="POST",route="/v1/chat/completions",status="200"',
      'method="POST",route="/v1/chat/completions",status="404"',
      'method="GET",route="/v1/key",status="200"',
    ]) {
      expect(counts.filter((line) => line.includes(request) && line.endsWith(' 1'))).toHaveLength(1);
    }
  });

  it('count the wait for the first token from the request on, an endpoint that was late before included', async () => {
    world = await EdgeWorld.open({ timeouts: { firstTokenMs: 40 } });
    const arriving = world.alpha.nextCall();
    world.beta.play((call) => call.head().text('Hi').finish().usage(7, 1).done());
    const client = await world.chat();
    await arriving;
    await client.answer();
    await world.final();
    const text = await world.application.metrics();
    const seconds = /^apilink_time_to_first_token_seconds_sum(?:\{[^}]*\})? (\S+)$/m.exec(text)?.[1];
    expect(Number(seconds)).toBeGreaterThanOrEqual(0.04);
  });

  it('have no label that grows with accounts, keys or requests', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => call.head().text('Hi').finish().usage(7, 1).done());
    const answer = await (await world.chat()).answer();
    await world.final();
    const text = await world.application.metrics();
    const labels = new Set([...text.matchAll(/[{,](\w+)="/g)].map(([, name]) => name));
    expect([...labels].filter((name) => /account|key|request|generation|model|user/.test(name ?? ''))).toEqual([]);
    for (const secret of [accountId, world.apiKey, answer.headers.get('x-generation-id') ?? 'none']) {
      expect(text).not.toContain(secret);
    }
  });
});
