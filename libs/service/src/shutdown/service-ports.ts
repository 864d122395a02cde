/** Ports of the services when `PORT` says nothing; probes and metrics are ADMIN_PORT_DISTANCE above. */
export const servicePorts = {
  'edge-proxy': 8787,
  router: 8791,
  billing: 8792,
  invoicing: 8793,
  status: 8794,
  console: 8795,
  'demo-provider': 8796,
} as const;
export type ServiceName = keyof typeof servicePorts;

export const ADMIN_PORT_DISTANCE = 100;
