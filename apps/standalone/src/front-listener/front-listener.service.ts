import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { encodeWireId, skinOf } from '@apilink/contracts';
import { closeServer, createHttpServer, errorAnswer, listen, uuidV7 } from '@apilink/service';

import { isBetweenServices, targetOf, type RouteTarget } from './route.domain.js';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * The one port of standalone: looks at the path and hands the request to the service's own server, which never listens.
 * Until `open`, only what services ask of each other passes; a service that is not there is 503, and nothing waits.
 */
export class FrontListener {
  readonly #handles = new Map<RouteTarget, Handle>();
  readonly #server: Server;
  #open = false;

  private constructor(readonly variable: string) {
    this.#server = createHttpServer((request, response) => this.#route(request, response));
  }

  /** Takes the port. Throws ConfigurationError in one sentence when it cannot be had. */
  static async listen(where: { readonly host: string; readonly port: number }): Promise<FrontListener> {
    const front = new FrontListener('PORT');
    await listen(front.#server, where, front.variable);
    return front;
  }

  get address(): AddressInfo {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The front listener is closed.');
    return address;
  }

  attach(target: RouteTarget, handle: Handle): void {
    this.#handles.set(target, handle);
  }

  /** From now on the service's requests are answered 503. */
  detach(target: RouteTarget): void {
    this.#handles.delete(target);
  }

  /** Everything is ready: lets clients in. */
  open(): void {
    this.#open = true;
  }

  async close(): Promise<void> {
    const closed = closeServer(this.#server);
    this.#server.closeAllConnections();
    await closed;
  }

  #route(request: IncomingMessage, response: ServerResponse): void {
    const target = targetOf(request.url ?? '');
    const handle = this.#handles.get(target);
    if (handle === undefined || !(this.#open || isBetweenServices(target))) refuse(response, request.url ?? '');
    else handle(request, response);
  }
}

/** Starting or stopping: either way the next try may succeed, here or at the next start. */
function refuse(response: ServerResponse, target: string): void {
  const requestId = encodeWireId('req', uuidV7());
  const answer = errorAnswer('billing_unavailable', { requestId, skin: skinOf(target) });
  response.writeHead(answer.status, { ...answer.headers, connection: 'close' }).end(answer.body);
}
