import { startOtlpCollector, type OtlpCollector } from '@apilink/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { ConfigurationError } from '../config/configuration-error.js';
import { createLogger } from '../logger/logger.js';
import { openTracing } from './open-tracing.js';
import { parseTraceparent } from './traceparent.js';
import { noTracing, type Tracing } from './tracing.js';

const parent = parseTraceparent('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
const unsampled = parseTraceparent('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00');

describe('traces', () => {
  const lines: string[] = [];
  let collector: OtlpCollector;
  let tracing: Tracing;

  const open = (env: Record<string, string>, random: () => number = () => 0.5): Promise<Tracing> =>
    openTracing({
      service: 'edge-proxy',
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`, ...env },
      logger: createLogger({ name: 'spec', destination: { write: (line) => lines.push(line) } }),
      random,
    });

  beforeEach(async () => {
    lines.length = 0;
    collector = await startOtlpCollector();
    tracing = await open({ OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=a%20b, authorization=Bearer%20t' });
  });
  afterEach(() => collector.close());

  it('reach the collector with their parents, times, attributes and outcome', async () => {
    const root = tracing.span('POST /v1/chat/completions', {
      parent,
      kind: 'server',
      attributes: { 'gen_ai.request.model': 'acme/echo-1', 'gen_ai.usage.input_tokens': 12, nothing: undefined },
      startedAt: 1_700_000_000_000,
    });
    const child = tracing.span('chat echo-1', { parent: root?.context ?? null, kind: 'client' });
    child?.setAttributes({ 'gen_ai.response.finish_reasons': ['stop', 'length'], stream: true, share: 0.5 });
    child?.end({ error: 'timeout' });
    root?.end({ endedAt: 1_700_000_000_250 });
    await tracing.shutdown();
    expect(collector.spans).toMatchObject([
      {
        service: 'edge-proxy',
        name: 'chat echo-1',
        kind: 'client',
        traceId: parent?.traceId,
        parentSpanId: root?.context.spanId,
        isError: true,
        attributes: {
          'gen_ai.response.finish_reasons': 'stop,length',
          stream: 'true',
          share: '0.5',
          'error.type': 'timeout',
        },
      },
      {
        name: 'POST /v1/chat/completions',
        kind: 'server',
        spanId: root?.context.spanId,
        parentSpanId: parent?.spanId,
        startedAtMs: 1_700_000_000_000,
        endedAtMs: 1_700_000_000_250,
        isError: false,
        attributes: { 'gen_ai.request.model': 'acme/echo-1', 'gen_ai.usage.input_tokens': '12' },
      },
    ]);
    expect(Object.keys(collector.spans[1]?.attributes ?? {})).not.toContain('nothing');
    expect(collector.requests[0]).toMatchObject({ 'x-tenant': 'a b', authorization: 'Bearer t' });
  });

  it('are made for the sampled share of new traces alone, and follow the decision of a parent', async () => {
    const rare = await open({ OTEL_TRACES_SAMPLER_ARG: '0.25' });
    expect(rare.span('x', { parent: null, kind: 'server' })).toBeNull();
    expect(rare.span('x', { parent, kind: 'server' })?.context.traceId).toBe(parent?.traceId);
    const often = await open({ OTEL_TRACES_SAMPLER_ARG: '0.75' });
    expect(often.span('x', { parent: null, kind: 'server' })?.context.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(often.span('x', { parent: unsampled, kind: 'server' })).toBeNull();
    await Promise.all([rare.shutdown(), often.shutdown()]);
  });

  it('are none without a collector', async () => {
    const none = await open({ OTEL_EXPORTER_OTLP_ENDPOINT: '' });
    expect(none).toBe(noTracing);
    expect(none.span('x', { parent, kind: 'server' })).toBeNull();
  });

  it('are lost while the collector refuses them; the log says so once, and the stop does not fail', async () => {
    collector.answerWith(400);
    tracing.span('x', { parent, kind: 'server' })?.end();
    await tracing.shutdown();
    expect(collector.spans).toEqual([]);
    expect(lines.filter((line) => line.includes('The collector takes no traces'))).toHaveLength(1);
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_TRACES_SAMPLER_ARG', '25%'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'no pair'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%zz'],
  ])('are refused at the start for %s=%s, naming the variable', async (name, value) => {
    const error: unknown = await open({ [name]: value }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toContain(`${name} has a wrong value`);
  });
});
