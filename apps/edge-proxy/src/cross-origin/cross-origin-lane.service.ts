import type { RequestLane } from '@apilink/service';

import { corsHeaders, preflightHeaders } from './cors-header.factory.js';

/**
 * Lets pages of any origin call, on every route alike: it stands before the hot lane and Nest's controllers, whose answers,
 * errors and streams included, get the headers. Requests of programs, which name no origin, cost one look.
 */
export function crossOriginLane(next: RequestLane): RequestLane {
  return (request, response) => {
    const { origin } = request.headers;
    if (origin === undefined) return next(request, response);
    if (request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined) {
      response.writeHead(204, [...preflightHeaders(request.headers['access-control-request-headers'])]).end();
      // A preflight has no body; one that is sent all the same is not read as the next request.
      request.resume();
      return true;
    }
    const headers = corsHeaders();
    for (let index = 0; index < headers.length; index += 2) {
      response.setHeader(headers[index] ?? '', headers[index + 1] ?? '');
    }
    return next(request, response);
  };
}
