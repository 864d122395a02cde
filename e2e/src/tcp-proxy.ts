import { connect, createServer, type Server, type Socket } from 'node:net';

export interface ProxyOptions {
  /** Where ApiLink listens. */
  readonly port: number;
  /** False = it reads an answer to its end although its own client has left, as a buffering proxy does. */
  readonly leavesWithItsClient: boolean;
}

/** What stands between customers and ApiLink: a load balancer, a corporate proxy. It passes bytes in both directions. */
export class TcpProxy {
  private readonly toGateway = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly options: ProxyOptions,
  ) {}

  static async start(options: ProxyOptions): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true });
    const proxy = new TcpProxy(server, options);
    server.on('connection', (client) => proxy.pass(client));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Its own time limit: it closes every connection to ApiLink, while its clients still wait. */
  cut(how: 'FIN' | 'RST'): void {
    for (const gateway of this.toGateway) {
      if (how === 'FIN') gateway.destroySoon();
      else gateway.resetAndDestroy();
    }
  }

  async stop(): Promise<void> {
    for (const gateway of this.toGateway) gateway.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private pass(client: Socket): void {
    const gateway = connect({ port: this.options.port, host: '127.0.0.1', allowHalfOpen: true });
    this.toGateway.add(gateway);
    client.on('data', (bytes) => gateway.write(bytes));
    gateway.on('data', (bytes) => {
      if (!client.destroyed) client.write(bytes);
    });
    const clientLeft = (): void => {
      if (this.options.leavesWithItsClient) gateway.destroySoon();
      else client.destroy();
    };
    client.once('end', clientLeft);
    client.on('error', clientLeft);
    gateway.on('error', () => client.destroy());
    gateway.once('close', () => {
      this.toGateway.delete(gateway);
      client.destroySoon();
    });
    gateway.once('end', () => gateway.end());
  }
}
