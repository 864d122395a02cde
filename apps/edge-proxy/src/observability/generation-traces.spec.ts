import { MemoryEventLog, type OutgoingEvent } from '@apilink/events';
import { createLogger, parseTraceparent } from '@apilink/service';
import { startOtlpCollector, type CollectedSpan, type OtlpCollector } from '@apilink/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld, MODEL } from '../rig/edge-world.factory.contract.js';

const CALLER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const TRACE = '0af7651916cd43dd8448eb211c80319c';

class NotingLog extends MemoryEventLog {
  readonly published: OutgoingEvent[] = [];

  override publish(events: readonly OutgoingEvent[]): Promise<void> {
    this.published.push(...events);
    return super.publish(events);
  }

  /** The trace context that the usage events of the generation carry. */
  traceparents(): readonly (string | undefined)[] {
    return this.published.filter(({ key }) => key.startsWith('acc_')).map(({ traceparent }) => traceparent);
  }
}

describe('the trace of a generation', () => {
  const lines: string[] = [];
  let collector: OtlpCollector;
  let world: EdgeWorld;
  let log: NotingLog;

  const open = async (env: Record<string, string> = {}): Promise<void> => {
    log = new NotingLog();
    world = await EdgeWorld.open({
      eventLog: log,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...env },
      logger: createLogger({ name: 'edge-proxy', level: 'debug', destination: { write: (line) => lines.push(line) } }),
    });
  };
  beforeEach(async () => {
    lines.length = 0;
    collector = await startOtlpCollector();
  });
  afterEach(() => collector.close());

  it('continues the caller’s: the request below it, its attempts below that, its events with the same trace', async () => {
    await open();
    world.alpha.play((call) => call.answer(503, 'away'));
    world.beta.play((call) => call.head().text('four words of answer').finish().usage(7, 4).done());
    await (await world.chat({}, { traceparent: CALLER })).answer();
    const final = await world.final();
    await world.close();
    const root = rootOf(collector.spans);
    expect(root).toMatchObject({
      name: 'POST /v1/chat/completions',
      service: 'edge-proxy',
      traceId: TRACE,
      parentSpanId: 'b7ad6b7169203331',
      isError: false,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': MODEL,
        'gen_ai.provider.name': 'beta',
        'gen_ai.usage.input_tokens': '7',
        'gen_ai.usage.output_tokens': '4',
        'gen_ai.response.finish_reasons': 'stop',
        'http.response.status_code': '200',
        'apilink.outcome': 'completed',
      },
    });
    const attempts = collector.spans.filter(({ kind }) => kind === 'client');
    expect(
      attempts.map(({ parentSpanId, isError, attributes }) => [parentSpanId, isError, attributes['error.type']]),
    ).toEqual([
      [root.spanId, true, 'server_error'],
      [root.spanId, false, undefined],
    ]);
    for (const span of attempts) {
      expect(span.startedAtMs).toBeGreaterThanOrEqual(root.startedAtMs);
      expect(span.endedAtMs).toBeLessThanOrEqual(root.endedAtMs + 1);
    }
    expect(final.outcome).toBe('completed');
    const expected = { traceId: TRACE, spanId: root.spanId, sampled: true };
    // Two, or one where the request has ended before its opening was sent.
    const told = log.traceparents().map((text) => parseTraceparent(text));
    expect(told.length).toBeGreaterThan(0);
    for (const parent of told) expect(parent).toEqual(expected);
    expect(lines.find((line) => line.includes('generation ended'))).toContain(TRACE);
  });

  it('never tells what people or models wrote, nor a credential', async () => {
    await open();
    world.alpha.play((call) => call.head().text('canary-answer').finish().usage(7, 4).done());
    const messages = [{ role: 'user', content: 'canary-question' }];
    await (await world.chat({ messages, user: 'canary-user' }, { 'x-title': 'canary-title' })).answer();
    await world.final();
    await world.close();
    expect(collector.spans.length).toBeGreaterThan(0);
    const told = collector.received().toString('latin1');
    expect(told).not.toContain('canary');
    expect(told).not.toContain(world.apiKey.slice(10));
  });

  it('is none where it is not sampled, and then no event speaks of one; the log names the caller’s all the same', async () => {
    await open({ OTEL_TRACES_SAMPLER_ARG: '0' });
    world.alpha.play((call) => call.head().text('hi').finish().usage(1, 1).done());
    await (await world.chat({}, { traceparent: CALLER.replace(/01$/, '00') })).answer();
    await world.final();
    await world.close();
    expect(collector.requests).toEqual([]);
    expect(log.traceparents()).toEqual([undefined, undefined]);
    expect(lines.find((line) => line.includes('generation ended'))).toContain(TRACE);
  });

  it('is none of a request that was refused: without money nobody makes us trace', async () => {
    await open();
    const answer = await (await world.chat({ model: 'acme/none' }, { traceparent: CALLER })).answer();
    expect(answer.status).toBe(404);
    await world.close();
    expect(collector.requests).toEqual([]);
  });

  it('is lost with the collector, and the answer is not', async () => {
    collector.answerWith(400);
    await open();
    world.alpha.play((call) => call.head().text('hi').finish().usage(1, 1).done());
    expect((await (await world.chat()).answer()).status).toBe(200);
    expect((await world.final()).outcome).toBe('completed');
    await world.close();
    expect(lines.some((line) => line.includes('The collector takes no traces'))).toBe(true);
  });
});

function rootOf(spans: readonly CollectedSpan[]): CollectedSpan {
  const root = spans.find(({ kind }) => kind === 'server');
  if (root === undefined) throw new Error('there is no span of the request');
  return root;
}
