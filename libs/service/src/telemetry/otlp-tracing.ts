import {
  ROOT_CONTEXT,
  SpanKind as OtelSpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Span as OtelSpan,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace';

import { uuidV7 } from '../identity/uuid-v7.js';
import type { Logger } from '../logger/logger.js';
import type { TraceContext } from './traceparent.js';
import {
  EXPORT_MS_MAX,
  type Span,
  type SpanAttributes,
  type SpanKind,
  type SpanOptions,
  type Tracing,
} from './tracing.js';

export interface OtlpOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Share of new traces that is sampled. */
  readonly ratio: number;
  readonly service: string;
  readonly logger: Logger;
  readonly random: () => number;
}

const KINDS: Readonly<Record<SpanKind, OtelSpanKind>> = {
  server: OtelSpanKind.SERVER,
  client: OtelSpanKind.CLIENT,
  consumer: OtelSpanKind.CONSUMER,
  internal: OtelSpanKind.INTERNAL,
};

/** Spans that wait for the collector; what comes beyond is dropped: traces never cost memory without bound. */
const QUEUE_MAX = 8_192;
const BATCH_MAX = 512;
const BATCH_MS = 1_000;

/** Traces by OTLP over HTTP: OpenTelemetry's batches and protobuf, our own sampling before anything is allocated. */
export class OtlpTracing implements Tracing {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;

  constructor(private readonly options: OtlpOptions) {
    const { url, headers, service } = options;
    const exporter = new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: EXPORT_MS_MAX });
    const processor = new BatchSpanProcessor({
      exporter: tellingExporter(exporter, options),
      maxQueueSize: QUEUE_MAX,
      maxExportBatchSize: BATCH_MAX,
      scheduledDelayMillis: BATCH_MS,
      exportTimeoutMillis: EXPORT_MS_MAX,
    });
    this.#provider = new TracerProvider({
      sampler: new AlwaysOnSampler(),
      resource: resourceFromAttributes({
        'service.name': service,
        'service.namespace': 'apilink',
        'service.instance.id': uuidV7(),
      }),
      spanProcessors: [processor],
    });
    this.#tracer = this.#provider.getTracer('apilink');
  }

  span(name: string, { parent, kind, attributes = {}, startedAt }: SpanOptions): Span | null {
    const isSampled = parent === null ? this.options.random() < this.options.ratio : parent.sampled;
    if (!isSampled) return null;
    const settings = {
      kind: KINDS[kind],
      attributes: attributesOf(attributes),
      ...(startedAt === undefined ? {} : { startTime: startedAt }),
    };
    return new OtlpSpan(this.#tracer.startSpan(name, settings, contextOf(parent)));
  }

  async shutdown(): Promise<void> {
    try {
      await this.#provider.shutdown();
    } catch (error) {
      this.options.logger.warn({ err: error }, 'The last traces could not be sent.');
    }
  }
}

class OtlpSpan implements Span {
  readonly context: TraceContext;

  constructor(private readonly span: OtelSpan) {
    const { traceId, spanId } = span.spanContext();
    this.context = { traceId, spanId, sampled: true };
  }

  setAttributes(attributes: SpanAttributes): void {
    this.span.setAttributes(attributesOf(attributes));
  }

  end(options: { readonly endedAt?: number; readonly error?: string | undefined } = {}): void {
    if (options.error !== undefined) {
      this.span.setAttribute('error.type', options.error);
      this.span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.span.end(options.endedAt);
  }
}

/** A remote parent; OpenTelemetry's own way would be a process-wide context, which we do without. */
function contextOf(parent: TraceContext | null): Context {
  if (parent === null) return ROOT_CONTEXT;
  const { traceId, spanId } = parent;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true });
}

function attributesOf(attributes: SpanAttributes): Attributes {
  const known: Attributes = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) known[name] = typeof value === 'object' ? [...value] : value;
  }
  return known;
}

/** The SDK keeps failures to itself: we say once that the collector is away, and once that it is back. */
function tellingExporter(exporter: SpanExporter, { logger, url }: OtlpOptions): SpanExporter {
  let isAway = false;
  return {
    export: (spans, done) => {
      exporter.export(spans, (result) => {
        const code: number = result.code;
        const failed = code !== 0;
        if (failed && !isAway) logger.warn({ err: result.error, url }, 'The collector takes no traces: they are lost.');
        if (!failed && isAway) logger.info({ url }, 'The collector takes traces again.');
        isAway = failed;
        done(result);
      });
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}
