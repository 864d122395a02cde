import { hash } from 'node:crypto';

import scalar from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';

const PAGE = '/docs';

/**
 * The page of the API at `/docs`, drawn by a library in the browser from `/openapi.json`. All of it comes from here: it works
 * without a network beyond this server, and its policy lets nothing else in.
 */
export async function serveApiPage(fastify: FastifyInstance): Promise<void> {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const [path = ''] = request.url.split('?');
    if (path === `${PAGE}/` && typeof payload === 'string') {
      void reply.header('content-security-policy', pagePolicy(payload)).header('cache-control', 'public, no-cache');
    } else if (path === `${PAGE}/js/scalar.js`) void reply.header('cache-control', 'public, max-age=3600');
    done();
  });
  await fastify.register(scalar, {
    routePrefix: PAGE,
    configuration: {
      url: '/openapi.json',
      pageTitle: 'ApiLink',
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      // Buttons of the library's maker, and requests that it makes up itself: ours stand with each operation.
      showDeveloperTools: 'never',
      agent: { disabled: true },
      mcp: { disabled: true },
      hiddenClients: true,
      modelsSectionLabel: 'Schemas',
      defaultOpenAllTags: false,
      authentication: { preferredSecurityScheme: 'bearer' },
    },
  });
}

/** Only our script runs, and the lines of the page itself, known by their hash; styles are set by the script. */
export function pagePolicy(page: string): string {
  const lines = [...page.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(([, line = '']) => line);
  const hashes = lines.map((line) => `'sha256-${hash('sha256', line, 'base64')}'`).join(' ');
  return [
    "default-src 'none'",
    `script-src 'self' ${hashes}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
