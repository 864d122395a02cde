import type { StreamError } from '../call/call.js';

const head = Buffer.from('data: ');
const tail = Buffer.from('\r\n\r\n');

/** A document as an event. Google's SDKs read `data:` alone: no comment and no other field may stand in the stream. */
export function geminiEvent(document: Buffer): Buffer {
  // A line break in JSON is white space, and in an event the end of a line.
  const isOneLine = !document.includes(0x0a) && !document.includes(0x0d);
  const line = isOneLine ? document : Buffer.from(document.toString().replaceAll(/[\r\n]+/g, ' '));
  return Buffer.concat([head, line, tail]);
}

/** Names of Google's error model by HTTP status (google.rpc.Code). */
const statuses: ReadonlyMap<number, string> = new Map([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [402, 'RESOURCE_EXHAUSTED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [408, 'DEADLINE_EXCEEDED'],
  [409, 'ABORTED'],
  [413, 'INVALID_ARGUMENT'],
  [429, 'RESOURCE_EXHAUSTED'],
  [500, 'INTERNAL'],
  [501, 'UNIMPLEMENTED'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
]);

/** The last event of a stream that broke, as Google tells it: its SDKs throw at it. */
export function geminiErrorEvent({ message, status, code }: StreamError): Buffer {
  const name = statuses.get(status) ?? (status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL');
  const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: code.toUpperCase(), domain: 'apilink' };
  return geminiEvent(Buffer.from(JSON.stringify({ error: { code: status, message, status: name, details: [info] } })));
}
