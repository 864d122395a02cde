import type { IHeaders, Message } from 'kafkajs';

import type { LoggedEvent, OutgoingEvent } from './event-log.js';

/** CloudEvents 1.0, Kafka protocol binding, binary content mode. */
const ceHeader = {
  version: 'ce_specversion',
  id: 'ce_id',
  type: 'ce_type',
  source: 'ce_source',
  time: 'ce_time',
  contentType: 'content-type',
  traceparent: 'traceparent',
} as const;
const RESERVED: ReadonlySet<string> = new Set(Object.values(ceHeader));

/** What a record takes beside its key, value and headers, at most; for a bound on batches, not an exact size. */
const RECORD_OVERHEAD_BYTES = 200;

/** A message as the broker gives it. */
export interface KafkaRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly offset: string;
  readonly timestamp: string;
  readonly headers?: IHeaders | undefined;
}

/**
 * The message of an event. It carries no timestamp of its own: retention counts from when it was published, so that an
 * old event that is published again is not deleted at once.
 */
export function toMessage(event: OutgoingEvent): Message {
  return {
    key: event.key,
    value: event.body,
    headers: {
      ...event.headers,
      [ceHeader.version]: '1.0',
      [ceHeader.id]: event.id,
      [ceHeader.type]: event.type,
      [ceHeader.source]: event.source,
      [ceHeader.time]: new Date(event.time).toISOString(),
      ...(event.body === null ? {} : { [ceHeader.contentType]: 'application/json' }),
      ...(event.traceparent === undefined ? {} : { [ceHeader.traceparent]: event.traceparent }),
    },
  };
}

/** How many bytes an event takes in a request, a little more than it really does. */
export function messageBytes(event: OutgoingEvent): number {
  let bytes = RECORD_OVERHEAD_BYTES + event.id.length + event.type.length + event.source.length;
  bytes += Buffer.byteLength(event.key) + Buffer.byteLength(event.body ?? '');
  for (const [name, value] of Object.entries(event.headers ?? {})) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  return bytes;
}

/**
 * The event of a message. It never throws: what another program wrote without our headers becomes an event of an empty
 * type, which no schema knows, and so a dead letter.
 */
export function fromRecord(topic: string, partition: number, record: KafkaRecord): LoggedEvent {
  const headers = record.headers ?? {};
  const traceparent = headers[ceHeader.traceparent];
  const further = furtherHeaders(headers);
  return {
    topic,
    partition,
    offset: BigInt(record.offset),
    key: record.key?.toString('utf8') ?? '',
    id: text(headers[ceHeader.id]),
    type: text(headers[ceHeader.type]),
    source: text(headers[ceHeader.source]),
    time: instant(text(headers[ceHeader.time]), record.timestamp),
    ...(traceparent === undefined ? {} : { traceparent: text(traceparent) }),
    ...(further === null ? {} : { headers: further }),
    body: record.value?.toString('utf8') ?? null,
  };
}

function furtherHeaders(headers: IHeaders): Record<string, string> | null {
  let further: Record<string, string> | null = null;
  for (const name in headers) {
    if (RESERVED.has(name)) continue;
    further ??= {};
    further[name] = text(headers[name]);
  }
  return further;
}

/** A header that stands twice counts once, as its first value. */
function text(value: IHeaders[string]): string {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first : (first?.toString('utf8') ?? '');
}

function instant(time: string, timestamp: string): number {
  const at = Date.parse(time);
  return Number.isNaN(at) ? Number(timestamp) : at;
}
