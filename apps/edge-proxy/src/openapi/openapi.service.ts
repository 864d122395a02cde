import type { HTTPMethods } from 'fastify';

import { callRouteOf, QUOTE_ROUTE } from '../call/call-route.domain.js';
import { countRouteOf } from '../token-count/count-route.domain.js';
import { ORIGIN_PLACEHOLDER } from './code-sample.domain.js';
import { openApiDocument } from './openapi-document.factory.js';
import { routePattern, samplePath, type Operation, type OperationMethod } from './operation.domain.js';

export interface DocumentRequest {
  /** As the caller named this server. */
  readonly host: string;
  readonly isSecure: boolean;
  /** Whether Nest's controllers have the route; its path in Fastify's form. */
  readonly hasRoute: (method: HTTPMethods, pattern: string) => boolean;
}

/** The document, made at the first request: of what this edge serves, and nothing else. */
export class OpenApiService {
  #text: string | null = null;

  text({ host, isSecure, hasRoute }: DocumentRequest): string {
    this.#text ??= JSON.stringify(openApiDocument((operation) => isServed(operation, hasRoute)));
    // A host is echoed only when it can be one: it stands in commands that people copy.
    const origin = /^[\w.-]+(?::\d{1,5})?$|^\[[0-9a-fA-F:.]+\](?::\d{1,5})?$/.test(host)
      ? `${isSecure ? 'https' : 'http'}://${host}`
      : '';
    return this.#text.replaceAll(ORIGIN_PLACEHOLDER, origin);
  }
}

function isServed(operation: Operation, hasRoute: DocumentRequest['hasRoute']): boolean {
  return isHot(operation) || hasRoute(methods[operation.method], routePattern(operation));
}

/** Calls that cost money, and the quote of one, go past Nest. */
function isHot(operation: Operation): boolean {
  if (operation.method !== 'post') return false;
  const path = samplePath(operation);
  return path === QUOTE_ROUTE || callRouteOf(path) !== null || countRouteOf(path) !== null;
}

const methods: Readonly<Record<OperationMethod, HTTPMethods>> = {
  get: 'GET',
  head: 'HEAD',
  post: 'POST',
  patch: 'PATCH',
  delete: 'DELETE',
};
