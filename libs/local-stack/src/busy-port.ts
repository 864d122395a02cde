import { createServer } from 'node:net';

import type { PlannedProcess } from './cluster-plan.js';

/** One sentence for the first port of the plan that somebody listens on; null when all are free. */
export async function busyPortProblem(plan: readonly PlannedProcess[]): Promise<string | null> {
  for (const { name, port, adminPort } of plan) {
    for (const [what, number] of [
      [name, port],
      [`probes of ${name}`, adminPort],
    ] as const) {
      if (!(await isFree(number))) {
        return `Port ${number} (${what}) is in use: stop what listens there, or choose other ports with --port (the first edge's; all others follow it).`;
      }
    }
  }
  return null;
}

/** Ports to choose from, `to` exclusive. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** Below those that systems hand out by themselves. */
const ANY_PORT: PortRange = { from: 20_000, to: 32_000 };

/**
 * A port of loopback from which on every port of the plan is free; for tests, which run beside anything. Those that run
 * beside each other name a range each: a port is only taken when its process listens.
 */
export async function freeClusterPort(
  planAt: (port: number) => readonly PlannedProcess[],
  { from, to }: PortRange = ANY_PORT,
): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = from + Math.floor(Math.random() * (to - from));
    if ((await busyPortProblem(planAt(port))) === null) return port;
  }
  throw new Error('no free range of ports in 50 attempts');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
