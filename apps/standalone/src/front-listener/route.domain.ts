/** Who answers a request of the one port. */
export type RouteTarget = 'first-steps' | 'top-up' | 'billing' | 'router' | 'invoicing' | 'status' | 'edge-proxy';

const prefixes: readonly (readonly [prefix: string, target: RouteTarget])[] = [
  ['/.well-known', 'billing'],
  ['/api/billing/v1', 'billing'],
  ['/internal/v1', 'billing'],
  ['/sandbox-checkout', 'billing'],
  ['/top-up', 'top-up'],
  ['/api/router/v1', 'router'],
  ['/api/invoicing/v1', 'invoicing'],
  ['/api/v2', 'status'],
  ['/status', 'status'],
];

/**
 * The service of a path, as in docs/architecture.md. Everything unknown is the edge's, which answers it from the error
 * catalogue. Takes the request target as it came; its query does not matter.
 */
export function targetOf(requestTarget: string): RouteTarget {
  const [path = ''] = requestTarget.split('?', 1);
  if (path === '/') return 'first-steps';
  const found = prefixes.find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`));
  return found?.[1] ?? 'edge-proxy';
}

/** Paths that services need of each other while the process is still starting. */
export function isBetweenServices(target: RouteTarget): boolean {
  return target === 'billing' || target === 'router';
}
