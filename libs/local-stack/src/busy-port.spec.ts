import { createServer, type Server } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';

import { busyPortProblem, freeClusterPort } from './busy-port.js';
import { planCluster } from './cluster-plan.js';

const planAt = (port: number) => planCluster({ edges: 1, billing: 1, port });

describe('ports of a cluster', () => {
  let server: Server | null = null;

  afterEach(() => {
    server?.close();
  });

  async function listen(port: number): Promise<void> {
    const listening = createServer();
    server = listening;
    await new Promise<void>((resolve) => listening.listen(port, '127.0.0.1', resolve));
  }

  it.each([
    [5, 'billing'],
    [105, 'probes of billing'],
  ])('%d above the first edge: a clash names port, service and remedy', async (offset, name) => {
    const port = await freeClusterPort(planAt);
    expect(await busyPortProblem(planAt(port))).toBeNull();
    await listen(port + offset);
    expect(await busyPortProblem(planAt(port))).toMatch(
      new RegExp(String.raw`^Port ${port + offset} \(${name}\) is in use: .*--port`),
    );
  });
});
