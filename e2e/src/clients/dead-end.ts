import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A proxy on loopback that leads nowhere and remembers what it was asked for. Every client is told to use it for all but
 * our own host: what it asked for is what the client would have asked of the internet.
 */
export class DeadEnd {
  readonly asked: string[] = [];

  private constructor(private readonly server: Server) {}

  static async open(): Promise<DeadEnd> {
    const server = createServer();
    const deadEnd = new DeadEnd(server);
    server.on('request', (request, response) => {
      deadEnd.asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      response.writeHead(502).end();
    });
    server.on('connect', (request, socket) => {
      deadEnd.asked.push(`CONNECT ${request.url ?? ''}`);
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return deadEnd;
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.server.address())}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the dead end does not listen');
  return address.port;
}
