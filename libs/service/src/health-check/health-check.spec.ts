import { createServer, type Server } from 'node:http';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { listen } from '../shutdown/listen.js';
import { isHealthy } from './health-check.js';

describe('isHealthy', () => {
  const asked: (string | undefined)[] = [];
  let server: Server;
  let port: number;
  let status: number;

  beforeEach(async () => {
    asked.length = 0;
    status = 200;
    server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(status).end();
    });
    ({ port } = await listen(server, { host: '127.0.0.1', port: 0 }, 'ADMIN_PORT'));
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  it('is what the service says of its readiness', async () => {
    expect(await isHealthy({ ADMIN_PORT: String(port) })).toBe(true);
    status = 503;
    expect(await isHealthy({ PORT: String(port - 100) })).toBe(false);
    expect(asked).toEqual(['/health/ready', '/health/ready']);
  });

  it('is false where nobody answers, and for an app without a port', async () => {
    expect(await isHealthy({ ADMIN_PORT: '1' })).toBe(false);
    expect(await isHealthy({ APILINK_APP: 'cli' })).toBe(false);
  });
});
