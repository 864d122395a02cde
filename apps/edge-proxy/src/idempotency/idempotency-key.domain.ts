import { createHash, hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export const IDEMPOTENCY_HEADER = 'idempotency-key';
const KEY_LENGTH_MAX = 255;

/** The client's key, null when it sent none; or what was expected of one that is empty, too long, or not printable. */
export function readIdempotencyKey(
  headers: IncomingHttpHeaders,
): { readonly key: string | null } | { readonly expected: string } {
  const sent = headers[IDEMPOTENCY_HEADER];
  if (sent === undefined) return { key: null };
  // Node joins the values of a header that came twice.
  const key = Array.isArray(sent) ? sent.join(', ') : sent;
  if (key.length <= KEY_LENGTH_MAX && /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(key)) return { key };
  return { expected: `1 to ${KEY_LENGTH_MAX} printable ASCII characters` };
}

/** A key of an account, as it stands in the table. */
export function hashOfKey(accountId: string, key: string): Buffer {
  return hash('sha256', `${accountId}/${key}`, 'buffer');
}

/**
 * @param path decides as well: the same body asks for something else elsewhere
 * @param boundary of a form: clients make another one for each try, so it counts for nothing. Null for any other body
 */
export function hashOfRequest(path: string, body: Buffer, boundary: string | null = null): Buffer {
  const sum = createHash('sha256').update(`${path}\n`);
  if (boundary === null) return sum.update(body).digest();
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  let at = 0;
  for (let next = body.indexOf(delimiter); next >= 0; next = body.indexOf(delimiter, at)) {
    sum.update(body.subarray(at, next)).update('--');
    at = next + delimiter.length;
  }
  return sum.update(body.subarray(at)).digest();
}
