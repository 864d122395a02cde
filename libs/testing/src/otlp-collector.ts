import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { protobufBytes, protobufNumber, readProtobuf } from './protobuf-reader.js';

/** A span as a collector got it. */
export interface CollectedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentSpanId: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer' | 'unspecified';
  /** Strings and lists of strings as they are, numbers as decimals, booleans as words. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly isError: boolean;
}

export interface OtlpCollector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** Headers of each request. */
  readonly requests: readonly IncomingMessage['headers'][];
  /** All bytes that came, to look for what must not be among them. */
  readonly received: () => Buffer;
  /** Resolves with all spans as soon as `met` holds for them. */
  until(met: (spans: readonly CollectedSpan[]) => boolean): Promise<readonly CollectedSpan[]>;
  /** From now on requests are answered with this status (200 at first). */
  answerWith(status: number): void;
  close(): Promise<void>;
}

/** An OTLP collector on loopback: takes traces over HTTP in protobuf, and keeps them. */
export async function startOtlpCollector(): Promise<OtlpCollector> {
  const spans: CollectedSpan[] = [];
  const requests: IncomingMessage['headers'][] = [];
  const bodies: Buffer[] = [];
  let status = 200;
  let waiting: { met: (spans: readonly CollectedSpan[]) => boolean; resolve: () => void }[] = [];
  const take = (request: IncomingMessage, response: ServerResponse, body: Buffer): void => {
    requests.push(request.headers);
    bodies.push(body);
    if (status === 200) spans.push(...spansOf(body));
    response.writeHead(request.url === '/v1/traces' ? status : 404, { 'content-type': 'application/x-protobuf' }).end();
    const met = waiting.filter((one) => one.met(spans));
    waiting = waiting.filter((one) => !met.includes(one));
    for (const { resolve } of met) resolve();
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => take(request, response, Buffer.concat(chunks)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the collector listens on no TCP port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    spans,
    requests,
    received: () => Buffer.concat(bodies),
    until: async (met) => {
      await new Promise<void>((resolve) => {
        if (met(spans)) resolve();
        else waiting.push({ met, resolve });
      });
      return spans;
    },
    answerWith: (next) => {
      status = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

/** Numbers of fields: opentelemetry-proto, `collector/trace/v1` and `trace/v1`. */
function spansOf(body: Buffer): readonly CollectedSpan[] {
  return protobufBytes(readProtobuf(body), 1).flatMap((resourceSpans) => {
    const fields = readProtobuf(resourceSpans);
    const [resource = Buffer.alloc(0)] = protobufBytes(fields, 1);
    const service = attributesOf(protobufBytes(readProtobuf(resource), 1))['service.name'] ?? '';
    return protobufBytes(fields, 2)
      .flatMap((scopeSpans) => protobufBytes(readProtobuf(scopeSpans), 2))
      .map((span) => spanOf(span, service));
  });
}

function spanOf(bytes: Buffer, service: string): CollectedSpan {
  const fields = readProtobuf(bytes);
  const hex = (number: number): string => protobufBytes(fields, number)[0]?.toString('hex') ?? '';
  const milliseconds = (number: number): number => Math.round(Number(protobufNumber(fields, number) ?? 0n) / 1e6);
  const [state = Buffer.alloc(0)] = protobufBytes(fields, 15);
  return {
    service,
    name: protobufBytes(fields, 5)[0]?.toString() ?? '',
    traceId: hex(1),
    spanId: hex(2),
    parentSpanId: hex(4),
    kind: KINDS[Number(protobufNumber(fields, 6) ?? 0n)] ?? 'unspecified',
    attributes: attributesOf(protobufBytes(fields, 9)),
    startedAtMs: milliseconds(7),
    endedAtMs: milliseconds(8),
    isError: protobufNumber(readProtobuf(state), 3) === 2n,
  };
}

function attributesOf(pairs: readonly Buffer[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const fields = readProtobuf(pair);
      const [value = Buffer.alloc(0)] = protobufBytes(fields, 2);
      return [protobufBytes(fields, 1)[0]?.toString() ?? '', textOf(value)];
    }),
  );
}

/** `AnyValue`: string 1, bool 2, int 3, double 4, array 5. */
function textOf(bytes: Buffer): string {
  const fields = readProtobuf(bytes);
  const [field] = fields;
  if (field === undefined) return '';
  if (Buffer.isBuffer(field.value)) {
    if (field.number === 1) return field.value.toString();
    return protobufBytes(readProtobuf(field.value), 1).map(textOf).join(',');
  }
  if (field.number === 2) return field.value === 1n ? 'true' : 'false';
  if (field.number !== 4) return String(BigInt.asIntN(64, field.value));
  const double = Buffer.alloc(8);
  double.writeBigUInt64LE(field.value);
  return String(double.readDoubleLE());
}
