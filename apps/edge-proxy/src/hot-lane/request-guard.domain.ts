import type { ErrorCode, ErrorDetails } from '@apilink/contracts';

/** What is wrong with a request's head; null when it may pass. */
export interface HeadProblem {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
}

/** More header lines than this are refused. */
export const HEADER_LINES_MAX = 100;

/**
 * Refuses heads that two HTTP parsers may read differently (request smuggling, RFC 9112 §6.3 and §3.2.2): they are
 * refused here although node's parser is strict, because a proxy in front may be laxer.
 *
 * @param rawHeaders names and values in turn, as they came.
 * @param target the request target as it came.
 */
export function headProblem(rawHeaders: readonly string[], target: string): HeadProblem | null {
  if (rawHeaders.length > HEADER_LINES_MAX * 2) {
    return invalidHeader('headers', `more than ${HEADER_LINES_MAX} header lines`);
  }
  let host: string | null = null;
  let hasLength = false;
  let hasTransferEncoding = false;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.includes('_')) return invalidHeader(name, 'header names with an underscore are refused');
    // Only three names matter here; their lengths tell them apart from nearly all others at once.
    if (name.length === 4 && name.toLowerCase() === 'host') {
      if (host !== null) return invalidHeader('host', 'sent more than once');
      host = rawHeaders[index + 1] ?? '';
    } else if (name.length === 14 && name.toLowerCase() === 'content-length') {
      if (hasLength) return invalidHeader('content-length', 'sent more than once');
      hasLength = true;
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      hasTransferEncoding = true;
    }
  }
  if (hasLength && hasTransferEncoding) {
    return invalidHeader('content-length', 'sent together with transfer-encoding');
  }
  return targetProblem(target, host);
}

function targetProblem(target: string, host: string | null): HeadProblem | null {
  if (target.startsWith('/') || target === '*') return null;
  const authority = /^https?:\/\/([^/?#]*)/i.exec(target)?.[1];
  if (authority === undefined || authority.toLowerCase() !== host?.toLowerCase()) {
    return invalidHeader('host', 'differs from the request target');
  }
  return null;
}

function invalidHeader(param: string, detail: string): HeadProblem {
  return { code: 'invalid_header', details: { param: param.slice(0, 100), detail } };
}

/** The path of a request target without its query, absolute form included. */
export function pathOf(target: string): string {
  const from = target.startsWith('/') ? 0 : target.indexOf('/', target.indexOf('://') + 3);
  if (from < 0) return '/';
  const query = target.indexOf('?', from);
  return query < 0 ? target.slice(from) : target.slice(from, query);
}

/** The body problem that the head already tells; null when the body may be read. */
export function bodyHeadProblem(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  bodyBytesMax: number,
): HeadProblem | null {
  const encoding = headers['content-encoding'];
  if (typeof encoding === 'string' && encoding !== '' && encoding.toLowerCase() !== 'identity') {
    return { code: 'unsupported_encoding', details: { param: 'content-encoding', detail: encoding.slice(0, 100) } };
  }
  const type = headers['content-type'];
  if (typeof type === 'string' && !isJson(type)) {
    return { code: 'unsupported_media_type', details: { param: 'content-type', detail: type.slice(0, 100) } };
  }
  const length = headers['content-length'];
  if (typeof length === 'string' && Number(length) > bodyBytesMax) {
    return { code: 'body_too_large', details: { limit: String(bodyBytesMax) } };
  }
  return null;
}

function isJson(contentType: string): boolean {
  if (contentType === 'application/json') return true;
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type === 'application/json' || (type.startsWith('application/') && type.endsWith('+json'));
}
