import { endpointStateSchema, type EndpointAttempts } from '@apilink/contracts';
import { ManualClock } from '@apilink/testing';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { EndpointHealth } from './endpoint-health.domain.js';

const clock = new ManualClock();

function seconds(counts: EndpointAttempts['counts'], more: Partial<EndpointAttempts> = {}): EndpointAttempts {
  return {
    endpointId: 'alpha/acme/echo-1',
    edgeId: 'edge-1',
    second: clock.now(),
    counts,
    firstTokenMs: [],
    outputTokens: 0,
    outputMs: 0,
    ...more,
  };
}

describe('EndpointHealth', () => {
  it('opens when the edges together see half of five fail, half-opens after four seconds, closes on success', () => {
    const endpoint = new EndpointHealth('alpha/acme/echo-1', clock.now());
    endpoint.record(seconds({ ok: 2, server_error: 1 }), clock.now());
    endpoint.record(seconds({ server_error: 2 }, { edgeId: 'edge-2' }), clock.now());
    expect(endpoint.stateAt(clock.now())).toMatchObject({
      circuit: 'open',
      reason: 'server_error',
      since: clock.now(),
    });
    clock.advance(4_000);
    expect(endpoint.stateAt(clock.now()).circuit).toBe('half-open');
    clock.advance(1_000);
    endpoint.record(seconds({ ok: 1 }), clock.now());
    expect(endpoint.stateAt(clock.now())).toMatchObject({ circuit: 'closed', reason: null, since: clock.now() });
  });

  it('never holds a client that goes away or a refused request against the endpoint', () => {
    const endpoint = new EndpointHealth('e', clock.now());
    endpoint.record(seconds({ cancelled: 50, request_refused: 50 }), clock.now());
    expect(endpoint.stateAt(clock.now())).toMatchObject({ circuit: 'closed', uptime5m: null });
  });

  it('tells percentiles, throughput and uptime of five minutes and of half an hour', () => {
    const endpoint = new EndpointHealth('e', clock.now());
    endpoint.record(seconds({ server_error: 1, ok: 1 }), clock.now());
    clock.advance(10 * 60_000);
    const firstTokenMs = Array.from({ length: 100 }, (_, index) => (index + 1) * 10);
    endpoint.record(seconds({ ok: 2 }, { firstTokenMs, outputTokens: 600, outputMs: 10_000 }), clock.now());
    const state = endpoint.stateAt(clock.now());
    expect(state).toMatchObject({ uptime5m: 1, uptime30m: 0.75, outputTokensPerSecond: 60 });
    expect(state.firstTokenMs?.p50).toBeGreaterThan(490);
    expect(state.firstTokenMs?.p50).toBeLessThan(511);
    expect(state.firstTokenMs?.p99).toBeGreaterThan(970);
    z.encode(endpointStateSchema, state);
  });

  it('forgets what is older than half an hour, and late seconds of before', () => {
    const endpoint = new EndpointHealth('e', clock.now());
    endpoint.record(seconds({ ok: 1 }), clock.now());
    expect(endpoint.isIdle(clock.now())).toBe(false);
    clock.advance(31 * 60_000);
    endpoint.record(seconds({ ok: 1 }, { second: clock.now() - 40 * 60_000 }), clock.now());
    expect(endpoint.isIdle(clock.now())).toBe(true);
  });
});
