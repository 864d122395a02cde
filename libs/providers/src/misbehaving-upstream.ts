import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';

import type { UpstreamFailure, UpstreamHandler } from './upstream-client.js';

/** Writes down what a call tells its handler. */
export class CallRecorder implements UpstreamHandler {
  readonly events: string[] = [];
  readonly chunks: Buffer[] = [];
  headers: Readonly<Record<string, string>> = {};
  failure: UpstreamFailure | null = null;
  /** What onData answers. */
  takes = true;
  private settle: () => void = () => undefined;
  private wake: () => void = () => undefined;
  readonly over = new Promise<void>((resolve) => {
    this.settle = resolve;
  });
  readonly firstData = new Promise<void>((resolve) => {
    this.wake = resolve;
  });

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }

  onSent(): void {
    this.events.push('sent');
  }

  onHead(status: number, headers: Readonly<Record<string, string>>): void {
    this.events.push(`head ${status}`);
    this.headers = headers;
  }

  onData(chunk: Buffer): boolean {
    this.chunks.push(chunk);
    this.wake();
    return this.takes;
  }

  onEnd(): void {
    this.events.push('end');
    this.settle();
  }

  onError(failure: UpstreamFailure): void {
    this.events.push(`error ${failure.class}`);
    this.failure = failure;
    this.settle();
  }
}

/** Servers on loopback that behave as badly as they are told, for the specs of this library. */
export class LoopbackUpstreams {
  private readonly servers: (Server | TcpServer)[] = [];
  private readonly sockets = new Set<Socket>();

  /** The origin of an HTTP server. */
  async http(listener: RequestListener): Promise<string> {
    return this.listening(createServer(listener));
  }

  /** The origin of a server that answers whatever comes with raw bytes and then leaves the socket to `then`. */
  async raw(answer: string, then: (socket: Socket) => void): Promise<string> {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        if (answer === '') then(socket);
        else {
          socket.write(answer, () => {
            then(socket);
          });
        }
      });
    });
    return this.listening(server);
  }

  /** An origin at which nobody listens. */
  async nobody(): Promise<string> {
    const origin = await this.listening(createTcpServer());
    await this.close();
    return origin;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
    for (const server of this.servers.splice(0)) {
      server.close();
      await once(server, 'close');
    }
  }

  private async listening(server: Server | TcpServer): Promise<string> {
    this.servers.push(server);
    server.on('connection', (socket: Socket) => this.sockets.add(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }
}
