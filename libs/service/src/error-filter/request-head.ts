import type { ErrorCode, ErrorDetails } from '@apilink/contracts';

/** What is wrong with a request's head; null when it may pass. */
export interface HeadProblem {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
}

/** More header lines than this are refused. */
const HEADER_LINES_MAX = 100;

/**
 * Refuses heads that two HTTP parsers may read differently (request smuggling, RFC 9112 §6.3 and §3.2.2): they are
 * refused here although node's parser is strict, because a proxy in front may be laxer.
 *
 * @param rawHeaders names and values in turn, as they came.
 * @param target the request target as it came.
 * @param needsHost false for HTTP/1.0.
 */
export function headProblem(rawHeaders: readonly string[], target: string, needsHost: boolean): HeadProblem | null {
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
      // Of another coding no parser knows where the body ends; node tells of it only when the request is being answered.
      if (rawHeaders[index + 1]?.toLowerCase() !== 'chunked') {
        return invalidHeader('transfer-encoding', 'only "chunked" is understood');
      }
    }
  }
  if (hasLength && hasTransferEncoding) {
    return invalidHeader('content-length', 'sent together with transfer-encoding');
  }
  if (host === null && needsHost) return invalidHeader('host', 'it is missing');
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
