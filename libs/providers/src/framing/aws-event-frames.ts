import { EventStreamCodec } from '@smithy/eventstream-codec';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';

/** AWS allows 16 MiB a message; no event of a model has a half of that. */
const FRAME_BYTES_MAX = 8 * 1024 * 1024 + 64 * 1024;
/** Length, headers' length, two checksums. */
const FRAME_BYTES_MIN = 16;

/** Not a message of an event stream: a checksum or a length is wrong. */
export class BrokenFrameError extends Error {
  override readonly name = 'BrokenFrameError';
}

/**
 * AWS's event stream (`application/vnd.amazon.eventstream`) as server-sent events: the type of a message becomes the event's
 * name, its payload the data. Anthropic's bodies come in `chunk` messages, whose `bytes` are the event in base64. An
 * exception becomes an `error` event in Anthropic's form.
 */
export class AwsEventFrames {
  private readonly codec = new EventStreamCodec(toUtf8, fromUtf8);
  private pieces: Buffer[] = [];
  private waiting = 0;

  /** A message has begun and not ended. */
  get isInside(): boolean {
    return this.waiting > 0;
  }

  /** The events that end in this read; null when none does. Throws BrokenFrameError. */
  take(read: Buffer): Buffer | null {
    this.pieces.push(read);
    this.waiting += read.length;
    if (this.waiting < this.wanted()) return null;
    const [first] = this.pieces;
    const bytes = this.pieces.length === 1 && first !== undefined ? first : Buffer.concat(this.pieces);
    const events: string[] = [];
    let at = 0;
    while (bytes.length - at >= 4) {
      const length = lengthAt(bytes, at);
      if (bytes.length - at < length) break;
      events.push(this.event(bytes.subarray(at, at + length)));
      at += length;
    }
    const rest = bytes.subarray(at);
    this.pieces = rest.length === 0 ? [] : [rest];
    this.waiting = rest.length;
    return events.length === 0 ? null : Buffer.from(events.join(''));
  }

  /** Bytes without which nothing ends; the first piece tells, once it has the length. */
  private wanted(): number {
    const [first] = this.pieces;
    if (first === undefined) return 4;
    if (first.length >= 4) return lengthAt(first, 0);
    const joined = Buffer.concat(this.pieces);
    this.pieces = [joined];
    return joined.length >= 4 ? lengthAt(joined, 0) : 4;
  }

  private event(frame: Buffer): string {
    const { headers, body } = this.decoded(frame);
    const header = (name: string): string => {
      const value = headers[name]?.value;
      return typeof value === 'string' ? value : '';
    };
    const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
    if (header(':message-type') === 'error') return failure(header(':error-code'), header(':error-message'));
    const exception = header(':exception-type');
    if (exception !== '') return failure(exception, messageIn(text));
    const type = header(':event-type');
    return type === 'chunk' ? chunkEvent(text) : sse(type, text);
  }

  private decoded(frame: Buffer): ReturnType<EventStreamCodec['decode']> {
    try {
      return this.codec.decode(frame);
    } catch {
      throw new BrokenFrameError('a message of the event stream is broken');
    }
  }
}

function lengthAt(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32BE(at);
  if (length < FRAME_BYTES_MIN || length > FRAME_BYTES_MAX) {
    throw new BrokenFrameError(`a message of ${length} bytes`);
  }
  return length;
}

function chunkEvent(text: string): string {
  const bytes = textIn(parsed(text), 'bytes');
  const data = Buffer.from(bytes ?? '', 'base64').toString();
  return sse(textIn(parsed(data), 'type') ?? 'message', data);
}

/** Bedrock's exceptions in the words of Anthropic's errors. */
const errorTypes: ReadonlyMap<string, string> = new Map([
  ['throttlingException', 'rate_limit_error'],
  ['validationException', 'invalid_request_error'],
  ['accessDeniedException', 'permission_error'],
  ['serviceUnavailableException', 'overloaded_error'],
  ['modelNotReadyException', 'overloaded_error'],
  ['modelTimeoutException', 'timeout_error'],
]);

function failure(exception: string, message: string): string {
  const type = errorTypes.get(exception) ?? 'api_error';
  return sse(
    'error',
    JSON.stringify({ type: 'error', error: { type, message: message === '' ? exception : message } }),
  );
}

function messageIn(text: string): string {
  const document = parsed(text);
  return textIn(document, 'message') ?? textIn(document, 'Message') ?? '';
}

/** A line break in JSON is white space, and in an event the end of a line. */
function sse(name: string, data: string): string {
  return `event: ${name}\ndata: ${data.replaceAll(/[\r\n]+/g, ' ')}\n\n`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function textIn(document: unknown, key: string): string | null {
  if (typeof document !== 'object' || document === null) return null;
  const value: unknown = Object.entries(document).find(([name]) => name === key)?.[1];
  return typeof value === 'string' ? value : null;
}
