import type { ErrorCode, ErrorDetails } from '@apilink/contracts';

/** What is wrong with a request before its body is read. The rest of its head is checked by every listener (libs/service). */
export interface BodyHeadProblem {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
}

/** The path of a request target without its query, absolute form included. */
export function pathOf(target: string): string {
  const from = target.startsWith('/') ? 0 : target.indexOf('/', target.indexOf('://') + 3);
  if (from < 0) return '/';
  const query = target.indexOf('?', from);
  return query < 0 ? target.slice(from) : target.slice(from, query);
}

/** The path whose call is to be quoted: the query's `for`, chat without one. */
export function quotedPath(target: string): string {
  const query = target.indexOf('?');
  const asked = query < 0 ? null : new URLSearchParams(target.slice(query + 1)).get('for');
  return asked ?? '/v1/chat/completions';
}

export interface BodyLimit {
  readonly bytesMax: number;
  /** Files come as forms; everything else is JSON. */
  readonly takesMultipart: boolean;
}

/** The body problem that the head already tells; null when the body may be read. */
export function bodyHeadProblem(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  { bytesMax, takesMultipart }: BodyLimit,
): BodyHeadProblem | null {
  const encoding = headers['content-encoding'];
  if (typeof encoding === 'string' && encoding !== '' && encoding.toLowerCase() !== 'identity') {
    return { code: 'unsupported_encoding', details: { param: 'content-encoding', detail: encoding.slice(0, 100) } };
  }
  const type = headers['content-type'];
  if (typeof type === 'string' && !isJson(type) && !(takesMultipart && isForm(type))) {
    return { code: 'unsupported_media_type', details: { param: 'content-type', detail: type.slice(0, 100) } };
  }
  const length = headers['content-length'];
  if (typeof length === 'string' && Number(length) > bytesMax) {
    return { code: 'body_too_large', details: { limit: String(bytesMax) } };
  }
  return null;
}

function isJson(contentType: string): boolean {
  if (contentType === 'application/json') return true;
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type === 'application/json' || (type.startsWith('application/') && type.endsWith('+json'));
}

function isForm(contentType: string): boolean {
  return contentType.split(';', 1)[0]?.trim().toLowerCase() === 'multipart/form-data';
}
