/** The services of a cluster, as in docs/architecture.md. */
export const clusterServices = ['edge-proxy', 'router', 'billing', 'invoicing', 'status', 'demo-provider'] as const;
export type ClusterServiceName = (typeof clusterServices)[number];

export interface ClusterSize {
  /** 1 to 4. */
  readonly edges: number;
  /** 1 to 8. */
  readonly billing: number;
  /** Of the first edge; all others are counted from it. */
  readonly port: number;
}

export const clusterLimits = { edges: 4, billing: 8 } as const;
/** How far above the first edge's port anything listens: the admin port of the last billing. */
export const PORT_SPAN = 122;
const ADMIN_DISTANCE = 100;

/** One process of the cluster. */
export interface PlannedProcess {
  readonly service: ClusterServiceName;
  /** The service's name; `edge-proxy-2` for the second one of a kind. Names its log file and its folder. */
  readonly name: string;
  readonly port: number;
  readonly adminPort: number;
}

/**
 * Which process listens where. With the first edge on 8787 the ports are those that each service has by itself: router
 * 8791, billing 8792, invoicing 8793, status 8794, demo provider 8796; more edges on 8788 to 8790, more of billing on
 * 8802 to 8808. Probes and metrics are 100 above.
 */
export function planCluster({ edges, billing, port }: ClusterSize): readonly PlannedProcess[] {
  const one = (service: ClusterServiceName, offset: number, instance = 1): PlannedProcess => ({
    service,
    name: instance === 1 ? service : `${service}-${instance}`,
    port: port + offset,
    adminPort: port + offset + ADMIN_DISTANCE,
  });
  return [
    ...numbers(edges).map((instance) => one('edge-proxy', instance - 1, instance)),
    one('router', 4),
    ...numbers(billing).map((instance) => one('billing', instance === 1 ? 5 : 13 + instance, instance)),
    one('invoicing', 6),
    one('status', 7),
    one('demo-provider', 9),
  ];
}

/** The sentence of a size that cannot be; null for one that can. */
export function sizeProblem({ edges, billing, port }: ClusterSize): string | null {
  for (const [name, value, most] of [
    ['edges', edges, clusterLimits.edges],
    ['billing', billing, clusterLimits.billing],
    ['port', port, 65_535 - PORT_SPAN],
  ] as const) {
    if (!Number.isInteger(value) || value < 1 || value > most) return `--${name} is a whole number from 1 to ${most}.`;
  }
  return null;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
