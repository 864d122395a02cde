import type { TraceContext } from './traceparent.js';

export type SpanKind = 'server' | 'client' | 'consumer' | 'internal';

/** Names by OpenTelemetry's semantic conventions; values are facts of the work, never what people or models wrote. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface SpanOptions {
  /** Null begins a new trace, for the share of them that is sampled; a parent's decision is followed. */
  readonly parent: TraceContext | null;
  readonly kind: SpanKind;
  readonly attributes?: SpanAttributes;
  /** Milliseconds since the epoch; default: now. */
  readonly startedAt?: number;
}

/** Work of a sampled trace. */
export interface Span {
  /** For children, event headers and log lines. */
  readonly context: TraceContext;
  setAttributes(attributes: SpanAttributes): void;
  /** Once. `error` is a class of failures from a closed set (`error.type`); without it the work went well. */
  end(options?: { readonly endedAt?: number; readonly error?: string | undefined }): void;
}

/**
 * Traces of one application. It belongs to the application: nothing is registered process-wide, nothing is patched, and
 * context is handed on by hand (a parameter, an event's `traceparent`), so that what is traced can be read in the code.
 */
export interface Tracing {
  /** Null when the trace is not sampled: then there is nothing to end, and nothing was allocated. */
  span(name: string, options: SpanOptions): Span | null;
  /** Sends what is left, for at most EXPORT_MS_MAX, and stops. Never rejects. */
  shutdown(): Promise<void>;
}

/** How long the collector may take for one batch: a drain must not wait for traces. */
export const EXPORT_MS_MAX = 5_000;

/** What runs where no collector is configured. */
export const noTracing: Tracing = { span: () => null, shutdown: async () => undefined };
