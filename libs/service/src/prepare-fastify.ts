import { header } from '@apilink/contracts';
import type { FastifyInstance } from 'fastify';

import { ApiError } from './error-filter/api-error.js';
import { parseJsonBody } from './error-filter/json-body.js';
import type { RouteTable } from './error-filter/route-table.js';
import type { Metrics } from './metrics/metrics.js';

/** Answers are JSON for programs: nothing may be sniffed, framed, run or kept by a cache. A controller may say otherwise. */
const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export interface FastifyParts {
  readonly routes: RouteTable;
  readonly metrics: Metrics;
  /** Below these paths a body is handed on as its bytes, JSON or form: who posts there signs them, or is a browser. */
  readonly rawBodyPaths: readonly string[];
}

/** What every service's Fastify has before Nest adds its routes. */
export function prepareFastify(fastify: FastifyInstance, { routes, metrics, rawBodyPaths }: FastifyParts): void {
  const durations = metrics.histogram({
    name: 'apilink_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer, by route.',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
  });

  fastify.addHook('onRoute', (route) => routes.add(route.url, route.method));
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply
      .headers(SECURITY_HEADERS)
      .headers({ [header.requestId]: request.id, [header.requestIdAlias]: request.id });
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity')
      done(new ApiError('unsupported_encoding', { detail: encoding }));
    else done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    durations.observe(
      {
        method: request.method,
        route: request.is404 ? 'none' : (request.routeOptions.url ?? 'none'),
        status: String(reply.statusCode),
      },
      reply.elapsedTime / 1000,
    );
    done();
  });
  fastify.removeAllContentTypeParsers();
  const isRaw = (url: string): boolean => rawBodyPaths.some((path) => url.startsWith(path));
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      done(null, isRaw(request.url) ? bytes : parseJsonBody(bytes));
    } catch (error) {
      done(error instanceof Error ? error : new Error('The body could not be parsed.', { cause: error }));
    }
  });
  if (rawBodyPaths.length === 0) return;
  for (const form of ['application/x-www-form-urlencoded', 'multipart/form-data']) {
    fastify.addContentTypeParser(form, { parseAs: 'buffer' }, (request, body, done) => {
      if (isRaw(request.url)) done(null, body);
      else done(new ApiError('unsupported_media_type', { detail: form }));
    });
  }
}
