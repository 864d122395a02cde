import { header } from '@apilink/contracts';

/** What scripts of other origins may read of every answer, beside what browsers let them read anyway. */
const EXPOSED = [
  ...Object.values(header),
  ...['requests', 'tokens'].flatMap((limit) =>
    ['limit', 'remaining', 'reset'].map((figure) => `anthropic-ratelimit-${limit}-${figure}`),
  ),
  'etag',
  'www-authenticate',
].join(', ');
const METHODS = 'GET, HEAD, POST, PATCH, DELETE';
/** The longest that a browser keeps it, s. */
const MAX_AGE_S = '7200';

/**
 * Names and values in turn, for every answer to a page of another origin (its request has an `origin`). Any page may call:
 * an API key is what counts, cookies are never read, and so none are allowed (Fetch standard, CORS protocol).
 */
export function corsHeaders(): readonly string[] {
  return ['access-control-allow-origin', '*', 'access-control-expose-headers', EXPOSED];
}

/** The answer, without a body, to a browser that asks whether a page may send a request with these headers. */
export function preflightHeaders(requestedHeaders: string | undefined): readonly string[] {
  const allowed = requestedHeaders === undefined ? [] : ['access-control-allow-headers', requestedHeaders];
  return [
    'access-control-allow-origin',
    '*',
    'access-control-allow-methods',
    METHODS,
    ...allowed,
    'access-control-max-age',
    MAX_AGE_S,
    'vary',
    'access-control-request-headers',
    'content-length',
    '0',
  ];
}
