import { header } from '@apilink/contracts';

/** An answer as the client got it: what is given again under its `Idempotency-Key`. */
export interface KeptAnswer {
  readonly status: number;
  /** Names and values in turn; those that tell of the answer, none that tell of the moment. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** A larger answer is not kept. */
export const KEPT_BYTES_MAX = 1024 * 1024;

/** Headers of an answer that hold whenever it is given; figures of an account do not, nor does the id of a request. */
const lastingHeaders: ReadonlySet<string> = new Set([
  header.generationId,
  header.holdUsd,
  header.maxTokensClamped,
  header.cachePremium,
  header.provider,
  header.attempts,
  header.overheadMs,
  'content-type',
  'cache-control',
  'x-accel-buffering',
]);

export function lastingOf(headers: readonly string[]): string[] {
  const lasting: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const [name, value] = [headers[index], headers[index + 1]];
    if (name !== undefined && value !== undefined && lastingHeaders.has(name)) lasting.push(name, value);
  }
  return lasting;
}

/** As it is sealed: a line of JSON, then the body. */
export function packedAnswer({ status, headers, body }: KeptAnswer): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify({ status, headers })}\n`), body]);
}

/** Null when it is not what `packedAnswer` wrote. */
export function unpackedAnswer(packed: Buffer): KeptAnswer | null {
  const line = packed.indexOf(0x0a);
  if (line < 0) return null;
  const head: unknown = JSON.parse(packed.toString('utf8', 0, line));
  return isHead(head) ? { ...head, body: packed.subarray(line + 1) } : null;
}

function isHead(value: unknown): value is Omit<KeptAnswer, 'body'> {
  if (typeof value !== 'object' || value === null || !('status' in value) || !('headers' in value)) return false;
  const { status, headers } = value;
  return typeof status === 'number' && Array.isArray(headers) && headers.every((one) => typeof one === 'string');
}
