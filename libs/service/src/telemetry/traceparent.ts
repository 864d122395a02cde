import { randomFillSync } from 'node:crypto';

/** W3C Trace Context, version 00: 32 hex characters of trace, 16 of span. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** Reads a `traceparent` header; null when it is absent or not valid (a new trace begins then, as the standard says). */
export function parseTraceparent(value: string | undefined): TraceContext | null {
  if (value === undefined || value.length > 200) return null;
  const [, traceId, spanId, flags] = TRACEPARENT.exec(value) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent(context: TraceContext): string {
  return `00-${context.traceId}-${context.spanId}-${context.sampled ? '01' : '00'}`;
}

/** A span of our own: child of `parent`, or the first of a new trace. */
export function childTrace(parent: TraceContext | null): TraceContext {
  const spanId = randomHex(8);
  return parent ? { ...parent, spanId } : { traceId: randomHex(16), spanId, sampled: false };
}

function randomHex(bytes: number): string {
  return randomFillSync(Buffer.allocUnsafe(bytes)).toString('hex');
}
